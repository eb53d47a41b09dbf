import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'

/** `absent`: the room is not there, or promises nothing just now; or Redis is unavailable, and a place is known without it. */
export type Turn = { status: 'open'; endsAt: Date } | { status: 'over' } | { status: 'absent' }

/** Until when a place that was called may be claimed. Asked once per call and fan: a poll says nothing of one fan. */
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
