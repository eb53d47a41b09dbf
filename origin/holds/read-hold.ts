import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Hold, type NamedHold, parseHold } from './hold.ts'

export type ReadHoldResult =
  | { status: 'held'; hold: Hold }
  | { status: 'missing' }
  | { status: 'room-absent' }
  | { status: 'room-restored' }

/** The hold of a pass, unless it was never taken, was released, or has expired. */
export async function readHold(redis: Redis, input: NamedHold): Promise<ReadHoldResult> {
  const keys = roomKeys(input.room)
  const [status, json] = await redis.holdRead(keys.settings, keys.hold, input.passId, input.epoch ?? '')
  if (status === 'held') return { status, hold: parseHold(String(json)) }
  if (status === 'restored') return { status: 'room-restored' }
  return status === 'missing' ? { status } : { status: 'room-absent' }
}
