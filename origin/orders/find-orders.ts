import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, count, desc, eq, getTableColumns, inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { type OrderState, orders, tickets } from '../../drizzle/schema/purchases.ts'
import type { SignTicket, TicketTexts } from '../tickets/ticket-text.ts'
import { type OrderRefund, readOrderRefunds, refundedMinorOf } from './refunded.ts'

/** Orders of one account in one response. */
export const ORDERS_SHOWN_MAX = 200

/** `void` once its order is cancelled or it is refunded alone: it admits nobody. */
type Ticket = TicketTexts & {
  id: string
  type: number
  typeName: string
  number: number
  code: string
  void: boolean
}
export type Order = {
  id: string
  /** The order number that people use. */
  number: string
  festival: string
  payment: string
  amountMinor: number
  currency: string
  createdAt: Date
  /** The name of the ticket holder, as the gate sees it. */
  holder: string
  state: OrderState
  cancelledAt: Date | null
  /** What was given back in part, or is being. */
  refundedMinor: number
  /** Refunds in part, oldest first. */
  refunds: OrderRefund[]
  ticketCount: number
  /** Empty where orders are found without them. */
  tickets: Ticket[]
}

export type FindOrdersDeps = { db: Database; signTicket: SignTicket }

/** Signatures between two turns of the event loop: some milliseconds. */
const SIGNED_PER_TURN = 50

/** An account's orders without their tickets, newest first; at most `ordersMax`. */
export async function findOrderSummaries(
  { db }: Pick<FindOrdersDeps, 'db'>,
  account: string,
  ordersMax: number,
): Promise<Order[]> {
  const rows = await readRows(db, { account }, ordersMax)
  if (rows.length === 0) return []
  const counts = await db
    .select({ orderId: tickets.orderId, count: count() })
    .from(tickets)
    .where(ticketsOfRows(rows))
    .groupBy(tickets.orderId)
  const countOf = new Map(counts.map((each) => [each.orderId, each.count]))
  const refundsOf = await refundsOfRows(db, rows)
  return rows.map((row) =>
    toOrder(row, {
      ...{ tickets: [], ticketCount: countOf.get(row.id) ?? 0 },
      refunds: refundsOf.get(row.id) ?? [],
    }),
  )
}

/** An account's orders with their tickets, newest first; at most `ordersMax`. */
export function findOrders(deps: FindOrdersDeps, account: string, ordersMax: number): Promise<Order[]> {
  return readOrders(deps, { account }, ordersMax)
}

/** One order of an account, or undefined when it does not exist or belongs to another account. */
export async function findOrder(
  deps: FindOrdersDeps,
  account: string,
  order: string,
): Promise<Order | undefined> {
  const [found] = await readOrders(deps, { account, order }, 1)
  return found
}

/** The festival of an order. */
export async function findFestivalOfOrder(db: Database, order: string): Promise<string | undefined> {
  const [row] = await db.select({ festival: orders.festivalId }).from(orders).where(eq(orders.id, order))
  return row?.festival
}

/** One order of any account: for organisers. */
export async function findAnyOrder(deps: FindOrdersDeps, order: string): Promise<Order | undefined> {
  const [found] = await readOrders(deps, { order }, 1)
  return found
}

async function readOrders(
  { db, signTicket }: FindOrdersDeps,
  filter: OrderFilter,
  ordersMax: number,
): Promise<Order[]> {
  const rows = await readRows(db, filter, ordersMax)
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
    .where(ticketsOfRows(rows))
    .orderBy(tickets.ticketTypeId, tickets.unitNumber)
  const festivalOf = new Map(rows.map(({ id, festivalId }) => [id, festivalId]))
  const ticketsOf = new Map<string, Ticket[]>(rows.map(({ id }) => [id, []]))
  for (const [i, { orderId, live, ...ticket }] of issued.entries()) {
    // An account may have thousands of tickets, and other requests wait meanwhile.
    if (i % SIGNED_PER_TURN === SIGNED_PER_TURN - 1) await nextTurn()
    const texts = signTicket({ festival: festivalOf.get(orderId) ?? '', ...ticket })
    ticketsOf.get(orderId)?.push({ ...ticket, ...texts, void: live !== true })
  }
  const refundsOf = await refundsOfRows(db, rows)
  return rows.map((row) => {
    const tickets = ticketsOf.get(row.id) ?? []
    return toOrder(row, { tickets, ticketCount: tickets.length, refunds: refundsOf.get(row.id) ?? [] })
  })
}

type OrderFilter = { account?: string; order?: string }
type Row = Awaited<ReturnType<typeof readRows>>[number]

async function readRows(db: Database, { account, order }: OrderFilter, ordersMax: number) {
  return await db
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
}

function ticketsOfRows(rows: readonly Row[]) {
  return inArray(
    tickets.orderId,
    rows.map(({ id }) => id),
  )
}

function refundsOfRows(db: Database, rows: readonly Row[]): Promise<Map<string, OrderRefund[]>> {
  return readOrderRefunds(
    db,
    rows.map(({ id }) => id),
  )
}

function toOrder(row: Row, more: Pick<Order, 'tickets' | 'ticketCount' | 'refunds'>): Order {
  return {
    id: row.id,
    number: shownNumber(row),
    festival: row.festivalId,
    payment: row.paymentId,
    amountMinor: row.amountMinor,
    currency: row.currency,
    createdAt: row.createdAt,
    holder: row.holder,
    state: row.state,
    cancelledAt: row.cancelledAt,
    refundedMinor: refundedMinorOf(more.refunds),
    ...more,
  }
}
