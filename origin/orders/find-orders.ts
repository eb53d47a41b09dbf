import { and, desc, eq, getTableColumns, inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { type OrderState, orders, tickets } from '../../drizzle/schema/purchases.ts'
import type { SignTicket, TicketTexts } from '../check-in/ticket-text.ts'

/** `void` once its order is cancelled: it admits nobody. */
export type Ticket = TicketTexts & {
  id: string
  type: number
  typeName: string
  number: number
  code: string
  void: boolean
}
export type Order = {
  id: string
  festival: string
  payment: string
  amountMinor: number
  currency: string
  createdAt: Date
  /** Whose tickets they are, by name, as the gate sees it. */
  holder: string
  state: OrderState
  cancelledAt: Date | null
  tickets: Ticket[]
}

export type FindOrdersDeps = { db: Database; signTicket: SignTicket }

/** An account's orders with their tickets, the newest first; at most `ordersMax`. */
export function findOrders(deps: FindOrdersDeps, account: string, ordersMax: number): Promise<Order[]> {
  return readOrders(deps, { account }, ordersMax)
}

/** One order of an account, or undefined when there is none or it is someone else's. */
export async function findOrder(
  deps: FindOrdersDeps,
  account: string,
  order: string,
): Promise<Order | undefined> {
  const [found] = await readOrders(deps, { account, order }, 1)
  return found
}

/** One order, whoever has it: for organisers. */
export async function findAnyOrder(deps: FindOrdersDeps, order: string): Promise<Order | undefined> {
  const [found] = await readOrders(deps, { order }, 1)
  return found
}

async function readOrders(
  { db, signTicket }: FindOrdersDeps,
  { account, order }: { account?: string; order?: string },
  ordersMax: number,
): Promise<Order[]> {
  const rows = await db
    .select({ ...getTableColumns(orders), holder: accounts.name })
    .from(orders)
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(
      and(
        account === undefined ? undefined : eq(orders.accountId, account),
        order === undefined ? undefined : eq(orders.id, order),
      ),
    )
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(ordersMax)
  if (rows.length === 0) return []
  const issued = await db
    .select({
      orderId: tickets.orderId,
      id: tickets.id,
      type: tickets.ticketTypeId,
      typeName: ticketTypes.name,
      number: tickets.unitNumber,
      code: tickets.code,
      live: tickets.live,
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
  const ticketsOf = Map.groupBy(issued, ({ orderId }) => orderId)
  return rows.map((row) => ({
    id: row.id,
    festival: row.festivalId,
    payment: row.paymentId,
    amountMinor: row.amountMinor,
    currency: row.currency,
    createdAt: row.createdAt,
    holder: row.holder,
    state: row.state,
    cancelledAt: row.cancelledAt,
    tickets: (ticketsOf.get(row.id) ?? []).map(({ orderId: _, live, ...ticket }) => ({
      ...ticket,
      ...signTicket({ festival: row.festivalId, ...ticket }),
      void: live !== true,
    })),
  }))
}
