import { and, count, eq, gte, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'

/** What follows on a declined payment: how long the account may not pay, and whether its turn ends. */
export type AfterDecline = { pauseMs: number; endsTurn: boolean }

/** Declined payments of one hold, and of one account within a day, with which the turn ends. */
export const DECLINES_PER_HOLD_MAX = 5
export const DECLINES_PER_ACCOUNT_MAX = 12
const ACCOUNT_WINDOW_MS = 86_400_000

/** By how many of the account's payments were declined lately: a slip costs nothing, trying cards out does. */
const PAUSES_SECONDS = [0, 0, 5, 15, 30, 60]
const PAUSE_WINDOW_MS = 3_600_000

/**
 * What follows on a payment that MySQL has as declined. It counts there and not in Redis, so that neither a wiped Redis
 * nor another room begins from zero. Only payments that are declined cost this one statement.
 */
export async function evaluateDecline(
  db: Database,
  { account, hold }: { account: string; hold: string },
  at: Date,
): Promise<AfterDecline> {
  const lately = new Date(at.getTime() - PAUSE_WINDOW_MS)
  const [declined] = await db
    .select({
      all: count(),
      ofHold: sql<string>`coalesce(sum(${payments.holdId} = ${hold}), 0)`,
      lately: sql<string>`coalesce(sum(${payments.settledAt} >= ${lately}), 0)`,
    })
    .from(payments)
    .where(
      and(
        eq(payments.accountId, account),
        eq(payments.state, 'declined'),
        gte(payments.settledAt, new Date(at.getTime() - ACCOUNT_WINDOW_MS)),
      ),
    )
  const number = Number(declined?.lately ?? 0)
  const seconds = PAUSES_SECONDS[Math.min(number, PAUSES_SECONDS.length - 1)] ?? 0
  return {
    pauseMs: seconds * 1000,
    endsTurn:
      Number(declined?.ofHold ?? 0) >= DECLINES_PER_HOLD_MAX ||
      (declined?.all ?? 0) >= DECLINES_PER_ACCOUNT_MAX,
  }
}
