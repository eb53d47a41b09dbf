import { and, count, desc, eq, inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, payments, tickets } from '../../drizzle/schema/purchases.ts'
import { OPEN_STATES } from '../payments/payment.ts'

/** Far more than the limits per account allow for one festival. */
const ORDERS_MAX = 1000

/** What an account has bought of a festival, and what it is paying for. */
export type Purchase = {
  /** Orders that are not cancelled. */
  orders: number
  /** Their valid tickets. */
  tickets: number
  /** The newest of them. */
  order: string | undefined
  /** The newest payment whose outcome is open. */
  payment: string | undefined
}

export async function findPurchase(
  db: Database,
  { account, festival }: { account: string; festival: string },
): Promise<Purchase> {
  const [owned, open] = await Promise.all([
    db
      .select({ id: orders.id, tickets: count(tickets.id) })
      .from(orders)
      .leftJoin(tickets, and(eq(tickets.orderId, orders.id), eq(tickets.live, true)))
      .where(and(eq(orders.accountId, account), eq(orders.festivalId, festival), eq(orders.state, 'owned')))
      .groupBy(orders.id, orders.createdAt)
      .orderBy(desc(orders.createdAt), desc(orders.id))
      .limit(ORDERS_MAX),
    db
      .select({ id: payments.id })
      .from(payments)
      .where(
        and(
          ...[eq(payments.accountId, account), eq(payments.festivalId, festival)],
          inArray(payments.state, [...OPEN_STATES]),
        ),
      )
      .orderBy(desc(payments.createdAt), desc(payments.id))
      .limit(1),
  ])
  return {
    orders: owned.length,
    tickets: owned.reduce((sum, each) => sum + each.tickets, 0),
    order: owned[0]?.id,
    payment: open[0]?.id,
  }
}
