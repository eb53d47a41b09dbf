import { and, asc, eq, gt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { checkIns, orders, type TicketFlag, tickets } from '../../drizzle/schema/purchases.ts'
import { codeHash } from '../tickets/ticket-text.ts'
import { isHeldBack } from './evaluate-scan.ts'

/**
 * One page of what a device needs to check tickets of a type offline: the first 8 bytes of the SHA-256 of each code,
 * concatenated, in base64. No ticket can be forged from the list. It contains no void tickets.
 */
export type GateList = {
  /** Valid, and not used yet. */
  valid: string
  used: string
  /** Valid and not used yet, but staff must confirm each: disputed or refunded. */
  flagged: string
  /** The cursor of the next page; null after the last. */
  after: number | null
}

/** One page of the ticket holders' names; no other personal data. */
export type GateNames = {
  /** The tickets, as in the lists. */
  hashes: string
  /** In the order of `hashes`. */
  names: string[]
  after: number | null
}

/** Tickets in one page of the list. */
export const GATE_LIST_TICKETS_MAX = 10_000

type PageInput = {
  festival: string
  type: number
  /** The number of the last unit seen; 0 for the first page. */
  after: number
  ticketsMax: number
}

/** @returns undefined when the festival has no such ticket type */
export async function readGateList(db: Database, input: PageInput): Promise<GateList | undefined> {
  const { type, after, ticketsMax } = input
  if (!(await hasType(db, input))) return undefined
  const rows = await db
    .select({ number: tickets.unitNumber, code: tickets.code, flag: tickets.flag, checkIn: checkIns.id })
    .from(tickets)
    .leftJoin(checkIns, and(eq(checkIns.ticketId, tickets.id), eq(checkIns.live, true)))
    .where(and(eq(tickets.ticketTypeId, type), eq(tickets.live, true), gt(tickets.unitNumber, after)))
    .orderBy(asc(tickets.unitNumber))
    .limit(ticketsMax)
  const listOf = (list: keyof Omit<GateList, 'after'>) =>
    Buffer.concat(rows.filter((row) => listedAs(row) === list).map(({ code }) => codeHash(code))).toString(
      'base64',
    )
  const last = rows.at(-1)
  return {
    valid: listOf('valid'),
    used: listOf('used'),
    flagged: listOf('flagged'),
    after: rows.length < ticketsMax ? null : (last?.number ?? null),
  }
}

/** @returns undefined when the festival has no such ticket type */
export async function readGateNames(db: Database, input: PageInput): Promise<GateNames | undefined> {
  const { type, after, ticketsMax } = input
  if (!(await hasType(db, input))) return undefined
  const rows = await db
    .select({ number: tickets.unitNumber, code: tickets.code, holder: accounts.name })
    .from(tickets)
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(and(eq(tickets.ticketTypeId, type), eq(tickets.live, true), gt(tickets.unitNumber, after)))
    .orderBy(asc(tickets.unitNumber))
    .limit(ticketsMax)
  return {
    hashes: Buffer.concat(rows.map(({ code }) => codeHash(code))).toString('base64'),
    names: rows.map(({ holder }) => holder),
    after: rows.length < ticketsMax ? null : (rows.at(-1)?.number ?? null),
  }
}

async function hasType(db: Database, { festival, type }: PageInput): Promise<boolean> {
  const [known] = await db
    .select({ id: ticketTypes.id })
    .from(ticketTypes)
    .where(and(eq(ticketTypes.id, type), eq(ticketTypes.festivalId, festival)))
  return known !== undefined
}

function listedAs({ checkIn, flag }: { checkIn: string | null; flag: TicketFlag | null }) {
  if (checkIn !== null) return 'used'
  return isHeldBack(flag) ? 'flagged' : 'valid'
}
