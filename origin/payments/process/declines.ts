import { and, eq, gte, or, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { GIVEN_UP } from '../../../shared/expiry-reasons.ts'

/** The consequences of a declined payment: how long the account may not pay, and whether its pass ends. */
export type AfterDecline = { pauseMs: number; endsTurn: boolean }

/** Declined payments of one hold, and of one account within a day, with which the pass ends. */
export const DECLINES_PER_HOLD_MAX = 5
export const DECLINES_PER_ACCOUNT_MAX = 12
const ACCOUNT_WINDOW_MS = 86_400_000

/**
 * By the account's recent payments that were declined or given up: one mistake costs nothing, card testing does, for
 * which it is enough that a bank asks for its customer.
 */
const PAUSES_SECONDS = [0, 0, 5, 15, 30, 60]
const PAUSE_WINDOW_MS = 3_600_000

/**
 * The consequences of a payment that MySQL has as declined or given up. They are counted there and not in Redis, so that
 * neither a wiped Redis nor another room starts from zero. Only such payments need this additional statement. Payments
 * that were given up end no turn, since the page offers to pay in another way.
 */
export async function evaluateDecline(
  db: Database,
  { account, hold }: { account: string; hold: string },
  at: Date,
): Promise<AfterDecline> {
  const lately = new Date(at.getTime() - PAUSE_WINDOW_MS)
  const isDeclined = eq(payments.state, 'declined')
  const [found] = await db
    .select({
      all: sql<string>`coalesce(sum(${isDeclined}), 0)`,
      ofHold: sql<string>`coalesce(sum(${isDeclined} and ${payments.holdId} = ${hold}), 0)`,
      lately: sql<string>`coalesce(sum(${payments.settledAt} >= ${lately}), 0)`,
    })
    .from(payments)
    .where(
      and(
        eq(payments.accountId, account),
        or(isDeclined, and(eq(payments.state, 'expired'), eq(payments.reason, GIVEN_UP))),
        gte(payments.settledAt, new Date(at.getTime() - ACCOUNT_WINDOW_MS)),
      ),
    )
  const number = Number(found?.lately ?? 0)
  const seconds = PAUSES_SECONDS[Math.min(number, PAUSES_SECONDS.length - 1)] ?? 0
  return {
    pauseMs: seconds * 1000,
    endsTurn:
      Number(found?.ofHold ?? 0) >= DECLINES_PER_HOLD_MAX ||
      Number(found?.all ?? 0) >= DECLINES_PER_ACCOUNT_MAX,
  }
}
