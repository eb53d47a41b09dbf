import { and, desc, eq, like } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { readOrderNumber } from '../../drizzle/order-number.ts'
import { orders, tickets } from '../../drizzle/schema/purchases.ts'
import { plainTicketText } from '../../shared/ticket-input.ts'
import { lettersOf, type ReadTicketText } from '../tickets/ticket-text.ts'

/**
 * Orders that a text names by their number or by a ticket. `only` when it can mean nothing else: a complete number, or
 * a complete code of a ticket.
 */
export type CalledOrders = { ids: string[]; only: boolean }

const NONE: CalledOrders = { ids: [], only: false }
/** Three characters of a number match one order in 24,389. */
const CALLED_MAX = 50
/** The type and the unit in the typed form of a ticket, with or without the first of its letters. */
const TICKET_BEGINNING = /^([1-9]\d{0,9})-([1-9]\d{0,9})(?:-([0-9A-Z]{0,5}))?$/i

/** Through indexes, so that an order is found however old it is. */
export async function findCalledOrders(
  db: Database,
  readTicketText: ReadTicketText,
  { room, q }: { room: string; q: string },
): Promise<CalledOrders> {
  const ticket = readTicketText(q)
  if (ticket.kind === 'signed' || ticket.kind === 'code') {
    return { ids: await ordersOfTickets(db, room, eq(tickets.code, ticket.code)), only: true }
  }
  if (ticket.kind === 'typed') {
    return { ids: await ordersOfUnit(db, room, ticket), only: true }
  }
  const plain = plainTicketText(q)
  const number = readOrderNumber(plain)
  const ids = number === undefined ? [] : await ordersNumbered(db, room, number.beginning)
  if (number?.complete === true && ids.length > 0) return { ids, only: true }
  const unit = TICKET_BEGINNING.exec(plain)
  if (unit === null) return ids.length === 0 ? NONE : { ids, only: false }
  const [, type, n, letters = ''] = unit
  const ofUnit = await ordersOfUnit(db, room, {
    type: Number(type),
    number: Number(n),
    letters: letters.toUpperCase(),
  })
  return { ids: [...new Set([...ids, ...ofUnit])], only: false }
}

async function ordersNumbered(db: Database, room: string, beginning: string): Promise<string[]> {
  const rows = await db
    .select({ id: orders.id })
    .from(orders)
    .where(and(eq(orders.festivalId, room), like(orders.number, `${beginning}%`)))
    .orderBy(desc(orders.id))
    .limit(CALLED_MAX)
  return rows.map(({ id }) => id)
}

/** A unit may have had several tickets, one for each order that owned it. */
function ordersOfUnit(
  db: Database,
  room: string,
  { type, number, letters }: { type: number; number: number; letters: string },
): Promise<string[]> {
  const unit = and(eq(tickets.ticketTypeId, type), eq(tickets.unitNumber, number))
  return ordersOfTickets(db, room, unit, (code) => lettersOf(code).startsWith(letters))
}

async function ordersOfTickets(
  db: Database,
  room: string,
  where: ReturnType<typeof and>,
  matches: (code: string) => boolean = () => true,
): Promise<string[]> {
  const rows = await db
    .select({ id: tickets.orderId, code: tickets.code })
    .from(tickets)
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .where(and(where, eq(orders.festivalId, room)))
    .orderBy(desc(tickets.orderId))
    .limit(CALLED_MAX)
  return [...new Set(rows.filter(({ code }) => matches(code)).map(({ id }) => id))]
}
