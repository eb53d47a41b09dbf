import { and, count, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { deadLetters, payments, reversals } from '../../drizzle/schema/purchases.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** Payments that need attention; each count stops at `ATTENTION_MAX`. */
export type Attention = {
  deadLetters: number
  /** Recorded `ATTENTION_AFTER_SECONDS` ago or longer, and no charge begun. */
  acceptedLong: number
  /** The same, begun, and not ended. */
  chargingLong: number
  refundingLong: number
  /** Refunded or disputed at the provider, and not settled by an organiser. */
  reversed: number
}

const ATTENTION_AFTER_SECONDS = 60
const ATTENTION_MAX = 1000

/** Counts what needs attention in a room. Stops counting early, so that many failures do not make it expensive. */
export async function readAttention(db: Database, now: Clock, room: string): Promise<Attention> {
  const deadLetter = db
    .select({ one: sql`1`.as('one') })
    .from(deadLetters)
    .where(and(eq(deadLetters.festivalId, room), isNull(deadLetters.resolvedAt)))
    .limit(ATTENTION_MAX)
    .as('deadLetter')
  const openFor = (state: 'accepted' | 'charging' | 'refunding') =>
    db
      .select({ one: sql`1`.as('one') })
      .from(payments)
      .where(
        and(
          eq(payments.state, state),
          lt(payments.id, firstIdAt(now() - ATTENTION_AFTER_SECONDS * 1000)),
          eq(payments.festivalId, room),
        ),
      )
      .limit(ATTENTION_MAX)
      .as('open')
  const reversedOpen = db
    .select({ one: sql`1`.as('one') })
    .from(reversals)
    .where(and(eq(reversals.festivalId, room), isNull(reversals.settledAt)))
    .limit(ATTENTION_MAX)
    .as('reversed')
  const [[dead], [acceptedLong], [chargingLong], [refundingLong], [reversed]] = await Promise.all([
    db.select({ n: count() }).from(deadLetter),
    db.select({ n: count() }).from(openFor('accepted')),
    db.select({ n: count() }).from(openFor('charging')),
    db.select({ n: count() }).from(openFor('refunding')),
    db.select({ n: count() }).from(reversedOpen),
  ])
  return {
    deadLetters: dead?.n ?? 0,
    acceptedLong: acceptedLong?.n ?? 0,
    chargingLong: chargingLong?.n ?? 0,
    refundingLong: refundingLong?.n ?? 0,
    reversed: reversed?.n ?? 0,
  }
}

/**
 * The lower bound of every ID created at an instant or later: version 7 begins with the milliseconds (RFC 9562, section
 * 5.7).
 */
function firstIdAt(instantMs: number): string {
  const hex = Math.max(Math.floor(instantMs), 0).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
