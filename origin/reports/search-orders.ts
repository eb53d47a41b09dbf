import { and, asc, count, desc, eq, gte, inArray, like, lt, notInArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { escapeLike } from '../../drizzle/like.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { type OrderState, orders, tickets } from '../../drizzle/schema/purchases.ts'
import { readOrderRefunds, refundedMinorOf } from '../orders/refunded.ts'
import type { ReadTicketText } from '../tickets/ticket-text.ts'
import { findCalledOrders } from './called-orders.ts'

/** An order in an organiser's search results. */
export type FoundOrder = {
  id: string
  /** The order number that people use. */
  number: string
  account: { id: string; name: string; email: string }
  payment: string
  amountMinor: number
  currency: string
  createdAt: Date
  state: OrderState
  cancelledAt: Date | null
  /** What was given back in part, or is being. */
  refundedMinor: number
  /** How many tickets of each type, including void ones. */
  tickets: { type: number; typeName: string; quantity: number }[]
}

export type OrderFilter = {
  /**
   * The beginning of an order's number (three characters or more) or ID (eight), a ticket's code as it is typed at the
   * gate, or a part of the fan's name or address.
   */
  q?: string | undefined
  state?: OrderState | undefined
  /** Orders with a ticket of this type. */
  type?: number | undefined
}

export type OrderSearch = OrderFilter & {
  room: string
  /** The order after which to continue. */
  before?: string | undefined
  limit: number
}

/** `next` is where the next page starts: there may be more, even when fewer than requested were found. */
export type FoundOrders = { orders: FoundOrder[]; next: string | undefined }

export const ORDERS_SEARCHED_MAX = 20_000

export type SearchOrdersDeps = {
  db: Database
  readTicketText: ReadTicketText
  /** How many orders a filter reads before it stops. */
  scanMax: number
}

/** Greater than every ID: the start of the scan after a page that has only orders named by the text. */
const BEFORE_NONE = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * A festival's orders, newest first; on the first page those that `q` names by a number or a ticket come before all
 * others, however old they are. Filters read at most `scanMax` orders and then stop, so that a search for something
 * rare or missing costs no more than another; `next` continues from there.
 */
export async function searchOrders(
  { db, readTicketText, scanMax }: SearchOrdersDeps,
  search: OrderSearch,
): Promise<FoundOrders> {
  const { room, q, before, limit } = search
  const called =
    q === undefined ? { ids: [], only: false } : await findCalledOrders(db, readTicketText, { room, q })
  const first = before === undefined ? await readCalled(db, search, called.ids) : []
  if (called.only) return { orders: await withTickets(db, first), next: undefined }
  if (first.length >= limit) return { orders: await withTickets(db, first), next: BEFORE_NONE }
  const { rows, next } = await scanOrders(
    db,
    { ...search, limit: limit - first.length },
    { scanMax, except: called.ids },
  )
  return { orders: await withTickets(db, [...first, ...rows]), next }
}

type OrderRow = Omit<FoundOrder, 'tickets' | 'number' | 'refundedMinor'> & { number: string | null }

const COLUMNS = {
  id: orders.id,
  number: orders.number,
  account: { id: accounts.id, name: accounts.name, email: accounts.email },
  payment: orders.paymentId,
  amountMinor: orders.amountMinor,
  currency: orders.currency,
  createdAt: orders.createdAt,
  state: orders.state,
  cancelledAt: orders.cancelledAt,
}

async function readCalled(db: Database, search: OrderSearch, ids: string[]): Promise<OrderRow[]> {
  if (ids.length === 0) return []
  return await db
    .select(COLUMNS)
    .from(orders)
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(and(inArray(orders.id, ids), matching(search)))
    .orderBy(desc(orders.id))
    .limit(search.limit)
}

async function scanOrders(
  db: Database,
  { room, before, limit, ...filter }: OrderSearch,
  { scanMax, except }: { scanMax: number; except: string[] },
): Promise<{ rows: OrderRow[]; next: string | undefined }> {
  const picky =
    filter.state !== undefined ||
    filter.type !== undefined ||
    namedAs(filter.q) !== undefined ||
    except.length > 0
  const scan = picky ? Math.max(scanMax, limit) : limit
  const scanned = db
    .select({ id: orders.id })
    .from(orders)
    .where(scannedIn({ room, before, q: filter.q }))
    .orderBy(desc(orders.id))
    .limit(scan)
    .as('scanned')
  const rows = await db
    .select(COLUMNS)
    .from(scanned)
    .innerJoin(orders, eq(orders.id, scanned.id))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(
      and(
        matching(filter),
        namedAs(filter.q),
        except.length === 0 ? undefined : notInArray(orders.id, except),
      ),
    )
    .orderBy(desc(scanned.id))
    .limit(limit)
  const next =
    rows.length === limit ? rows.at(-1)?.id : await lastScanned(db, { room, before, q: filter.q }, scan)
  return { rows, next }
}

type ScanRange = { room: string; before: string | undefined; q: string | undefined }

/** IDs are UUIDs of version 7, so they sort by time. */
function scannedIn({ room, before, q }: ScanRange): SQL | undefined {
  return and(
    eq(orders.festivalId, room),
    before === undefined ? undefined : lt(orders.id, before),
    idsBeginningWith(q),
  )
}

function matching({ state, type }: OrderFilter): SQL | undefined {
  return and(
    state === undefined ? undefined : eq(orders.state, state),
    type === undefined
      ? undefined
      : sql`exists (select 1 from ${tickets} where ${tickets.orderId} = ${orders.id} and ${tickets.ticketTypeId} = ${type})`,
  )
}

async function withTickets(db: Database, rows: readonly OrderRow[]): Promise<FoundOrder[]> {
  const ids = rows.map(({ id }) => id)
  const [ticketsOf, refundsOf] = await Promise.all([countTickets(db, ids), readOrderRefunds(db, ids)])
  return rows.map((row) => ({
    ...row,
    number: shownNumber(row),
    refundedMinor: refundedMinorOf(refundsOf.get(row.id) ?? []),
    tickets: ticketsOf.get(row.id) ?? [],
  }))
}

/** Where the scan stopped, if it did not come to the end. */
async function lastScanned(db: Database, range: ScanRange, scan: number): Promise<string | undefined> {
  const [row] = await db
    .select({ id: orders.id })
    .from(orders)
    .where(scannedIn(range))
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

/** Eight digits or more are treated as an ID: its first eight encode the minute, and no name looks like that. */
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
