import { and, count, eq, gte, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'

/** The consequences of a declined payment: how long the account may not pay, and whether its pass ends. */
export type AfterDecline = { pauseMs: number; endsTurn: boolean }

/** Declined payments of one hold, and of one account within a day, with which the pass ends. */
export const DECLINES_PER_HOLD_MAX = 5
export const DECLINES_PER_ACCOUNT_MAX = 12
const ACCOUNT_WINDOW_MS = 86_400_000

/** By the account's recent declines: one mistake costs nothing, card testing does. */
const PAUSES_SECONDS = [0, 0, 5, 15, 30, 60]
const PAUSE_WINDOW_MS = 3_600_000

/**
 * The consequences of a payment that MySQL has as declined. Declines are counted there and not in Redis, so that
 * neither a wiped Redis nor another room starts from zero. Only declined payments need this additional statement.
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
