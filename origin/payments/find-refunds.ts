import { and, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'

/** Money of an account that was or is being refunded without ever having become an order. */
export type Refund = {
  payment: string
  festival: string
  state: 'refunding' | 'refunded'
  /** One of `REFUND_REASONS`, or undefined where none was recorded. */
  reason: string | undefined
  amountMinor: number
  currency: string
  createdAt: Date
}

/** An account's refunds without an order, newest first; at most `refundsMax`. */
export async function findRefunds(db: Database, account: string, refundsMax: number): Promise<Refund[]> {
  const rows = await db
    .select({
      payment: payments.id,
      festival: payments.festivalId,
      state: payments.state,
      reason: payments.reason,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      createdAt: payments.createdAt,
    })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(
      and(
        eq(payments.accountId, account),
        inArray(payments.state, ['refunding', 'refunded']),
        isNull(orders.id),
      ),
    )
    // IDs are UUIDs of version 7, so they sort by time.
    .orderBy(desc(payments.id))
    .limit(refundsMax)
  return rows.map(({ state, reason, ...row }) => ({
    ...row,
    state: state === 'refunding' ? 'refunding' : 'refunded',
    reason: reason ?? undefined,
  }))
}
