import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'

/**
 * `absent`: the room does not exist or issues nothing at present, or Redis is unavailable and the place is known
 * without it.
 */
export type Turn = { status: 'open'; endsAt: Date } | { status: 'over' } | { status: 'absent' }

/**
 * Until when a called place may be claimed. Requested once per call and fan, because the shared status is not specific
 * to a fan.
 */
export async function readTurn(redis: Redis, room: string, position: number): Promise<Turn> {
  const keys = roomKeys(room)
  const reply = await redis
    .roomTurn(keys.settings, keys.admission, keys.calls, keys.turns, keys.turnEnds, position)
    .catch((error: unknown) => {
      if (isRedisUnavailable(error)) return undefined
      throw error
    })
  const [status, ends] = reply ?? []
  if (status === 'open') return { status, endsAt: new Date(Number(ends)) }
  return { status: status === 'over' ? status : 'absent' }
}
