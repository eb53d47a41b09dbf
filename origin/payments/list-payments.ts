import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { orders, type PaymentState, payments } from '../../drizzle/schema/purchases.ts'

/** A payment as an organiser sees it. */
export type ListedPayment = {
  id: string
  account: { id: string; name: string }
  state: PaymentState
  amountMinor: number
  currency: string
  reason: string | null
  createdAt: Date
  order: string | null
}

/** A room's payments in a state, newest first: at most `limit`, starting after the payment `before`. */
export async function listPayments(
  db: Database,
  input: { room: string; state: PaymentState; before?: string | undefined; limit: number },
): Promise<ListedPayment[]> {
  const { room, state, before, limit } = input
  return await db
    .select({
      id: payments.id,
      account: { id: accounts.id, name: accounts.name },
      state: payments.state,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      reason: payments.reason,
      createdAt: payments.createdAt,
      order: orders.id,
    })
    .from(payments)
    .innerJoin(accounts, eq(accounts.id, payments.accountId))
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(
      and(
        eq(payments.festivalId, room),
        eq(payments.state, state),
        // IDs are UUIDs of version 7, so they sort by time.
        before === undefined ? undefined : lt(payments.id, before),
      ),
    )
    .orderBy(desc(payments.id))
    .limit(limit)
}
