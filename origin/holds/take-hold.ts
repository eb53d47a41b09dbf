import type { BasketLine } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { type Hold, type NamedHold, parseHold } from './hold.ts'

export type TakeHoldResult =
  | { status: 'held'; hold: Hold }
  | { status: 'pass-ended' | 'room-restored' | 'paying' | 'room-absent' }
  | { status: 'room-shut'; phase: string }
  | { status: 'unknown-type'; type: number }
  /** Every line that is unavailable; the first names the result. */
  | { status: RefusedLine['code']; type: number; lines: RefusedLines }

export type RefusedLines = readonly [RefusedLine, ...RefusedLine[]]

/**
 * Why a line of a basket is unavailable. `left`: how many of it the basket may have, including what it has already;
 * `held`: how many others hold, which may return; `others`: how many the account has in addition to this hold.
 */
export type RefusedLine = { type: number } & (
  | { code: 'not-on-sale' }
  | { code: 'limit'; limit: number; others: number }
  | { code: 'units-held'; left: number; held: number }
  | { code: 'sold-out'; left: number }
)

/**
 * Reserves a basket for a pass: all of it or nothing. Repeating it returns the same hold; another basket replaces the
 * first without ever losing units that both have.
 */
export async function takeHold(
  redis: Redis,
  input: NamedHold & { account: string; basket: readonly BasketLine[] },
): Promise<TakeHoldResult> {
  const keys = roomKeys(input.room)
  const [status, first] = await redis.holdTake(
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
      return { status, type: Number(first) }
    case 'refused': {
      // As the script writes it.
      const lines = JSON.parse(String(first)) as RefusedLines
      return { status: lines[0].code, type: lines[0].type, lines }
    }
    default:
      return { status: 'room-absent' }
  }
}
