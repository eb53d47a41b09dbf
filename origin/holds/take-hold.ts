import type { BasketLine } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Hold, type NamedHold, parseHold } from './hold.ts'

export type TakeHoldResult =
  | { status: 'held'; hold: Hold }
  | { status: 'pass-ended' | 'room-restored' | 'paying' | 'room-absent' }
  | { status: 'room-shut'; phase: string }
  | { status: 'unknown-type' | 'not-on-sale' | 'sold-out'; type: number }
  | { status: 'limit'; type: number; limit: number }
  /** Nothing is free, but so many are held by others and may return. */
  | { status: 'units-held'; type: number; held: number }

/**
 * Reserves a basket for a pass: all of it or nothing. Repeating it gives the same hold; another basket replaces the
 * first without ever losing units that both have.
 */
export async function takeHold(
  redis: Redis,
  input: NamedHold & { account: string; basket: readonly BasketLine[] },
): Promise<TakeHoldResult> {
  const keys = roomKeys(input.room)
  const [status, first, second] = await redis.holdTake(
    keys.settings,
    keys.passes,
    keys.pass,
    keys.stock,
    keys.types,
    keys.counts,
    keys.holds,
    keys.hold,
    keys.holdUntil(input.passId),
    input.account,
    input.passId,
    JSON.stringify(input.basket),
    input.epoch ?? '',
  )
  switch (status) {
    case 'held':
      return { status, hold: parseHold(String(first)) }
    case 'pass-ended':
    case 'paying':
      return { status }
    case 'restored':
      return { status: 'room-restored' }
    case 'shut':
      return { status: 'room-shut', phase: String(first) }
    case 'unknown-type':
    case 'not-on-sale':
    case 'sold-out':
      return { status, type: Number(first) }
    case 'limit':
      return { status, type: Number(first), limit: Number(second) }
    case 'units-held':
      return { status, type: Number(first), held: Number(second) }
    default:
      return { status: 'room-absent' }
  }
}
