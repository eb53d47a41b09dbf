import { and, asc, eq, inArray, ne } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import {
  type BasketLine,
  type RefundedTicket,
  type RefundState,
  refunds,
} from '../../drizzle/schema/purchases.ts'

/** How much of a payment Naru has refunded in part, and how much more it is about to. */
export async function readRefundedMinor(
  db: Database | Transaction,
  paymentId: string,
): Promise<{ doneMinor: number; pendingMinor: number }> {
  const rows = await db
    .select({ state: refunds.state, amountMinor: refunds.amountMinor })
    .from(refunds)
    .where(and(eq(refunds.paymentId, paymentId), inArray(refunds.state, ['done', 'pending'])))
  const sumOf = (wanted: 'done' | 'pending') =>
    rows.reduce((sum, { state, amountMinor }) => sum + (state === wanted ? amountMinor : 0), 0)
  return { doneMinor: sumOf('done'), pendingMinor: sumOf('pending') }
}

/** What an order lost to refunds of its tickets that did not fail: the value of `orders.returned`. */
export async function readReturned(tx: Transaction, order: string): Promise<BasketLine[] | null> {
  const rows = await tx
    .select({ tickets: refunds.tickets })
    .from(refunds)
    .where(and(eq(refunds.orderId, order), ne(refunds.state, 'failed')))
  const returned = basketOf(rows.flatMap(({ tickets }) => tickets))
  return returned.length === 0 ? null : returned
}

/** How many of each type. */
export function basketOf(tickets: readonly Pick<RefundedTicket, 'type'>[]): BasketLine[] {
  const types = Map.groupBy(tickets, ({ type }) => type)
  return [...types]
    .map(([type, { length: quantity }]) => ({ type, quantity }))
    .toSorted((a, b) => a.type - b.type)
}

/** Today's price of each ticket type of a festival. */
export async function readPrices(
  db: Database | Transaction,
  festival: string,
): Promise<{ id: number; priceMinor: number }[]> {
  return await db
    .select({ id: ticketTypes.id, priceMinor: ticketTypes.priceMinor })
    .from(ticketTypes)
    .where(eq(ticketTypes.festivalId, festival))
}

/** A refund in part, as the buyer sees it. */
export type OrderRefund = {
  id: string
  state: RefundState
  /** The provider has it, and has not decided. */
  atProvider: boolean
  amountMinor: number
  /** IDs of the tickets that it made void. */
  tickets: string[]
  createdAt: Date
  endedAt: Date | null
}

/** The refunds in part of each of these orders, oldest first. */
export async function readOrderRefunds(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, OrderRefund[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select()
    .from(refunds)
    .where(inArray(refunds.orderId, [...ids]))
    .orderBy(asc(refunds.id))
  const ofOrders = Map.groupBy(rows, ({ orderId }) => orderId)
  return new Map([...ofOrders].map(([order, each]) => [order, each.map(toOrderRefund)]))
}

export function toOrderRefund(row: typeof refunds.$inferSelect): OrderRefund {
  const { id, state, atProvider, amountMinor, createdAt, endedAt } = row
  return {
    id,
    state,
    atProvider,
    amountMinor,
    tickets: row.tickets.map((ticket) => ticket.id),
    createdAt,
    endedAt,
  }
}

/** What of an order was given back in part, or is being. */
export function refundedMinorOf(ofOrder: readonly Pick<OrderRefund, 'state' | 'amountMinor'>[]): number {
  return ofOrder
    .filter(({ state }) => state === 'done' || state === 'pending')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}
