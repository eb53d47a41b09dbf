import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { orders, tickets } from '../../drizzle/schema/purchases.ts'

export type Ticket = { id: string; type: number; typeName: string; number: number; code: string }
export type Order = {
  id: string
  festival: string
  payment: string
  amountMinor: number
  currency: string
  createdAt: Date
  tickets: Ticket[]
}

/** An account's orders with their tickets, the newest first; at most `ordersMax`. */
export function findOrders(db: Database, account: string, ordersMax: number): Promise<Order[]> {
  return readOrders(db, account, undefined, ordersMax)
}

/** One order of an account, or undefined when there is none or it is someone else's. */
export async function findOrder(db: Database, account: string, order: string): Promise<Order | undefined> {
  const [found] = await readOrders(db, account, order, 1)
  return found
}

async function readOrders(
  db: Database,
  account: string,
  order: string | undefined,
  ordersMax: number,
): Promise<Order[]> {
  const rows = await db
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, account), order === undefined ? undefined : eq(orders.id, order)))
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(ordersMax)
  if (rows.length === 0) return []
  const owned = await db
    .select({
      orderId: tickets.orderId,
      id: tickets.id,
      type: tickets.ticketTypeId,
      typeName: ticketTypes.name,
      number: tickets.unitNumber,
      code: tickets.code,
    })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(
      inArray(
        tickets.orderId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(tickets.ticketTypeId, tickets.unitNumber)
  const ticketsOf = Map.groupBy(owned, ({ orderId }) => orderId)
  return rows.map((row) => ({
    id: row.id,
    festival: row.festivalId,
    payment: row.paymentId,
    amountMinor: row.amountMinor,
    currency: row.currency,
    createdAt: row.createdAt,
    tickets: (ticketsOf.get(row.id) ?? []).map(({ orderId: _, ...ticket }) => ticket),
  }))
}
