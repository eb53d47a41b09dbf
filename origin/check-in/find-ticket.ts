import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { orders, tickets } from '../../drizzle/schema/purchases.ts'
import type { UnknownWhy } from '../../shared/api/check-ins.ts'
import { lettersOf, type TicketText } from '../tickets/ticket-text.ts'

/** A ticket as gate staff see it. */
export type GateTicket = {
  type: number
  typeName: string
  number: number
  holder: string
  /** The order number that people use. */
  order: string
}

export type FindTicketResult =
  | { status: 'found'; id: string; ticket: GateTicket }
  | { status: 'unknown'; why: UnknownWhy }

/** The ticket that a text from the gate names, including void ones. */
export async function findTicket(
  db: Database,
  festival: string,
  text: TicketText,
): Promise<FindTicketResult> {
  if (text.kind === 'unreadable' || text.kind === 'forged') return { status: 'unknown', why: text.kind }
  const rows = await readTickets(db, text)
  const row = text.kind === 'typed' ? rows.find(({ code }) => lettersOf(code) === text.letters) : rows[0]
  if (row === undefined) return { status: 'unknown', why: 'no-such-ticket' }
  const { id, festival: of, code: _, order, ...ticket } = row
  if (of !== festival) return { status: 'unknown', why: 'other-festival' }
  return { status: 'found', id, ticket: { ...ticket, order: shownNumber(order) } }
}

/** One ticket by its code; or all tickets that its unit ever had, one for each order that owned it. */
/** What a gate shows of a ticket. */
export const gateTicketColumns = {
  type: tickets.ticketTypeId,
  typeName: ticketTypes.name,
  number: tickets.unitNumber,
  holder: accounts.name,
  order: { id: orders.id, number: orders.number },
}

function readTickets(db: Database, text: Extract<TicketText, { kind: 'signed' | 'code' | 'typed' }>) {
  return db
    .select({
      id: tickets.id,
      festival: ticketTypes.festivalId,
      code: tickets.code,
      ...gateTicketColumns,
    })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(
      text.kind === 'typed'
        ? and(eq(tickets.ticketTypeId, text.type), eq(tickets.unitNumber, text.number))
        : eq(tickets.code, text.code),
    )
}
