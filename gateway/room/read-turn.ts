import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** `absent`: the room is not there, or promises nothing just now. */
export type Turn = { status: 'open'; endsAt: Date } | { status: 'over' } | { status: 'absent' }

/** Until when a place that was called may be claimed. Asked once per call and fan: a poll says nothing of one fan. */
export async function readTurn(redis: Redis, room: string, position: number): Promise<Turn> {
  const keys = roomKeys(room)
  const [status, ends] = await redis.roomTurn(
    keys.settings,
    keys.admission,
    keys.calls,
    keys.turns,
    keys.turnEnds,
    position,
  )
  if (status === 'open') return { status, endsAt: new Date(Number(ends)) }
  return { status: status === 'over' ? status : 'absent' }
}
