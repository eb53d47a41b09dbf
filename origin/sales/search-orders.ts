import { and, asc, count, desc, eq, gte, inArray, like, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { escapeLike } from '../../drizzle/like.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { type OrderState, orders, tickets } from '../../drizzle/schema/purchases.ts'

/** An order as an organiser finds it. */
export type FoundOrder = {
  id: string
  account: { id: string; name: string; email: string }
  payment: string
  amountMinor: number
  currency: string
  createdAt: Date
  state: OrderState
  cancelledAt: Date | null
  /** How many tickets of each type, void ones as well. */
  tickets: { type: number; typeName: string; quantity: number }[]
}

export type OrderFilter = {
  /** The beginning of an order's ID, or a part of the fan's name or address. */
  q?: string | undefined
  state?: OrderState | undefined
  /** Orders with a ticket of this type. */
  type?: number | undefined
}

export type OrderSearch = OrderFilter & {
  room: string
  /** The order after which to go on. */
  before?: string | undefined
  limit: number
}

/** `next` is where to go on: there may be more, even when fewer than asked for were found. */
export type FoundOrders = { orders: FoundOrder[]; next: string | undefined }

/**
 * A festival's orders, the newest first. Filters judge at most `scanMax` orders and then stop, so that a search for
 * what is rare, or not there, costs no more than another; `next` goes on from there.
 */
export async function searchOrders(
  db: Database,
  { room, before, limit, ...filter }: OrderSearch,
  scanMax: number,
): Promise<FoundOrders> {
  const picky = filter.state !== undefined || filter.type !== undefined || namedAs(filter.q) !== undefined
  const scan = picky ? Math.max(scanMax, limit) : limit
  const scanned = db
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.festivalId, room),
        // IDs are UUIDs of version 7: in order of time.
        before === undefined ? undefined : lt(orders.id, before),
        idsBeginningWith(filter.q),
      ),
    )
    .orderBy(desc(orders.id))
    .limit(scan)
    .as('scanned')
  const matching = and(
    filter.state === undefined ? undefined : eq(scanned.state, filter.state),
    filter.type === undefined
      ? undefined
      : sql`exists (select 1 from ${tickets} where ${tickets.orderId} = ${scanned.id} and ${tickets.ticketTypeId} = ${filter.type})`,
    namedAs(filter.q),
  )
  const rows = await db
    .select({
      id: scanned.id,
      account: { id: accounts.id, name: accounts.name, email: accounts.email },
      payment: scanned.paymentId,
      amountMinor: scanned.amountMinor,
      currency: scanned.currency,
      createdAt: scanned.createdAt,
      state: scanned.state,
      cancelledAt: scanned.cancelledAt,
    })
    .from(scanned)
    .innerJoin(accounts, eq(accounts.id, scanned.accountId))
    .where(matching)
    .orderBy(desc(scanned.id))
    .limit(limit)
  const last = rows.at(-1)
  const next = rows.length === limit ? last?.id : await lastScanned(db, { room, before, q: filter.q }, scan)
  const ticketsOf = await countTickets(
    db,
    rows.map(({ id }) => id),
  )
  return { orders: rows.map((row) => ({ ...row, tickets: ticketsOf.get(row.id) ?? [] })), next }
}

/** Where the scan stopped, if it did not come to the end. */
async function lastScanned(
  db: Database,
  { room, before, q }: { room: string; before: string | undefined; q: string | undefined },
  scan: number,
): Promise<string | undefined> {
  const [row] = await db
    .select({ id: orders.id })
    .from(orders)
    .where(
      and(
        eq(orders.festivalId, room),
        before === undefined ? undefined : lt(orders.id, before),
        idsBeginningWith(q),
      ),
    )
    .orderBy(desc(orders.id))
    .limit(1)
    .offset(scan - 1)
  return row?.id
}

async function countTickets(db: Database, ids: string[]): Promise<Map<string, FoundOrder['tickets']>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({
      orderId: tickets.orderId,
      type: tickets.ticketTypeId,
      typeName: ticketTypes.name,
      quantity: count(),
    })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(inArray(tickets.orderId, ids))
    .groupBy(tickets.orderId, tickets.ticketTypeId, ticketTypes.name)
    .orderBy(asc(tickets.ticketTypeId))
  return new Map(
    [...Map.groupBy(rows, ({ orderId }) => orderId)].map(([order, lines]) => [
      order,
      lines.map(({ orderId: _, ...line }) => line),
    ]),
  )
}

/** Eight digits and more are read as an ID: its first eight say the minute, and no name is like that. */
const ID_BEGINNING = /^[0-9a-f]{8}(-[0-9a-f-]*)?$/i

/** A range of the primary key, so that an ID is found however old it is. */
function idsBeginningWith(q: string | undefined): SQL | undefined {
  if (q === undefined || !ID_BEGINNING.test(q)) return undefined
  const beginning = q.toLowerCase()
  // `g` comes after every digit.
  return and(gte(orders.id, beginning), lt(orders.id, `${beginning}g`))
}

function namedAs(q: string | undefined): SQL | undefined {
  if (q === undefined || ID_BEGINNING.test(q)) return undefined
  const pattern = `%${escapeLike(q)}%`
  return or(like(accounts.name, pattern), like(accounts.email, pattern))
}
