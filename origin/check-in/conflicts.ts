import { and, asc, desc, eq, inArray, lt, or, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/mysql-core'
import type { Database } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { gateScans } from '../../drizzle/schema/gate.ts'
import { orders, tickets } from '../../drizzle/schema/purchases.ts'
import type { ConflictKind } from '../../shared/api/gate-record.ts'
import { kindsOf } from './conflict-kinds.ts'
import { type GateTicket, gateTicketColumns } from './find-ticket.ts'
import type { ScanRow } from './scan-row.ts'

/** A scan of a conflict, and the name of the staff member who sent it. */
export type ConflictScan = ScanRow & { staffName: string }

/** Scans at the gates of one ticket, or of one code that is no ticket, that contradict each other or the server. */
export type Conflict = {
  /** Its position in the list: the newest of the scans that make it a conflict. */
  seq: number
  kinds: ConflictKind[]
  /** Undefined when the admitted code is no ticket of the festival. */
  ticket: GateTicket | undefined
  /** In order of time by the server's clock. */
  scans: ConflictScan[]
}

/** `next` is where the next page starts: there may be more, even when fewer than requested were found. */
export type FoundConflicts = { conflicts: Conflict[]; next: number | undefined }

/** The maximum number of scans read for the tickets of one page; a page of 100 conflicts has a few hundred. */
const SCANS_READ_MAX = 5000

/**
 * A festival's conflicts, those with the newest scans first, each ticket once. They are derived from the record at each
 * request, so that a conflict that was resolved (by an undo, or by admitting a guest whom a device had refused) is
 * gone.
 *
 * @param input.before - the `next` of the previous page
 * @param input.limit - how many tickets with notable scans are read
 */
export async function readConflicts(
  db: Database,
  { festival, before, limit }: { festival: string; before?: number | undefined; limit: number },
): Promise<FoundConflicts> {
  const newer = alias(gateScans, 'newer')
  const newest = await db
    .select({ seq: gateScans.seq, ticketId: gateScans.ticketId })
    .from(gateScans)
    .where(
      and(
        eq(gateScans.festivalId, festival),
        eq(gateScans.notable, true),
        before === undefined ? undefined : lt(gateScans.seq, before),
        // A ticket is listed at its newest notable scan.
        sql`not exists (select 1 from ${gateScans} ${newer} where ${newer.ticketId} = ${gateScans.ticketId}
          and ${newer.notable} = true and ${newer.seq} > ${gateScans.seq})`,
      ),
    )
    .orderBy(desc(gateScans.seq))
    .limit(limit)
  const scans = await readScans(db, newest)
  const named = await readTickets(db, newest)
  const conflicts = newest.flatMap(({ seq, ticketId }) => {
    const own = scans.filter((scan) => (ticketId === null ? scan.seq === seq : scan.ticketId === ticketId))
    const kinds = kindsOf(own)
    const ticket = ticketId === null ? undefined : named.get(ticketId)
    return kinds.length === 0 ? [] : [{ seq, kinds, ticket, scans: own }]
  })
  return { conflicts, next: newest.length < limit ? undefined : newest.at(-1)?.seq }
}

type Newest = readonly { seq: number; ticketId: string | null }[]

/** The scans that define a conflict: notable ones, and those that admitted a guest. */
async function readScans(db: Database, newest: Newest): Promise<ConflictScan[]> {
  if (newest.length === 0) return []
  const ids = newest.flatMap(({ ticketId }) => ticketId ?? [])
  const alone = newest.flatMap(({ seq, ticketId }) => (ticketId === null ? [seq] : []))
  const rows = await db
    .select({ scan: gateScans, staffName: accounts.name })
    .from(gateScans)
    .innerJoin(accounts, eq(accounts.id, gateScans.accountId))
    .where(
      or(
        and(inArray(gateScans.ticketId, ids), or(eq(gateScans.notable, true), eq(gateScans.letIn, true))),
        inArray(gateScans.seq, alone),
      ),
    )
    .orderBy(asc(gateScans.at), asc(gateScans.seq))
    .limit(SCANS_READ_MAX)
  return rows.map(({ scan, staffName }) => ({ ...scan, staffName }))
}

async function readTickets(db: Database, newest: Newest): Promise<Map<string, GateTicket>> {
  const ids = newest.flatMap(({ ticketId }) => ticketId ?? [])
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({
      id: tickets.id,
      ...gateTicketColumns,
    })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .innerJoin(orders, eq(orders.id, tickets.orderId))
    .innerJoin(accounts, eq(accounts.id, orders.accountId))
    .where(inArray(tickets.id, ids))
  return new Map(rows.map(({ id, order, ...ticket }) => [id, { ...ticket, order: shownNumber(order) }]))
}
