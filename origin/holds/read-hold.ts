import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Hold, parseHold } from './hold.ts'

export type ReadHoldResult =
  | { status: 'held'; hold: Hold }
  | { status: 'missing' }
  | { status: 'room-absent' }

/** The hold of a pass, unless it was never taken, was released, or has expired. */
export async function readHold(
  redis: Redis,
  input: { room: string; passId: string },
): Promise<ReadHoldResult> {
  const keys = roomKeys(input.room)
  const [status, json] = await redis.holdRead(keys.settings, keys.hold, input.passId)
  if (status === 'held') return { status, hold: parseHold(String(json)) }
  return status === 'missing' ? { status } : { status: 'room-absent' }
}
