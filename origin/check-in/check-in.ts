import { and, eq, or } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { checkIns, tickets } from '../../drizzle/schema/purchases.ts'
import type { Clock } from '../../shared/clock.ts'
import { orderTransaction } from '../orders/transaction.ts'
import { findTicket, type GateTicket, type UnknownWhy } from './find-ticket.ts'
import type { ReadTicketText } from './ticket-text.ts'

export type CheckInInput = {
  /** Chosen by the device for this scan: sent again, it counts once. */
  id: string
  festival: string
  /** What was scanned or typed. */
  text: string
  gate: string
  /** When it was scanned, by the device's clock. */
  at: Date
  /** The staff member's account. */
  account: string
  /** Scanned and taken back before it could be sent: written down, and admits nobody. */
  isUndone?: boolean | undefined
}

type Scan = { at: Date; gate: string }

export type CheckInResult =
  | ({ status: 'admitted' | 'already-used' | 'undone'; ticket: GateTicket } & Scan)
  /** Its order was cancelled. */
  | { status: 'void'; ticket: GateTicket }
  | { status: 'unknown'; why: UnknownWhy }
  /** The ID belongs to the scan of another ticket. */
  | { status: 'id-reused' }

export type CheckInDeps = { db: Database; readTicketText: ReadTicketText; now: Clock }

/**
 * Checks a ticket in, if it is good and nobody has before: one transaction, under the ticket's row, which cancelling
 * takes as well. What decides is the unique index on the ticket's live check-in (invariant 8).
 */
export async function checkIn(deps: CheckInDeps, input: CheckInInput): Promise<CheckInResult> {
  const found = await findTicket(deps.db, input.festival, deps.readTicketText(input.text))
  if (found.status === 'unknown') return found
  // A clock that is ahead makes no check-in of tomorrow.
  const at = new Date(Math.min(input.at.getTime(), deps.now()))
  const run = () =>
    orderTransaction(deps.db, (tx) => checkInUnderLock(tx, found, { ...input, at }, new Date(deps.now())))
  try {
    return await run()
  } catch (error) {
    // Another was written in the same moment: the second look finds it.
    if (!isDuplicate(error)) throw error
    return await run()
  }
}

async function checkInUnderLock(
  tx: Transaction,
  { id: ticketId, ticket }: { id: string; ticket: GateTicket },
  { id, gate, at, account, isUndone = false }: CheckInInput,
  now: Date,
): Promise<CheckInResult> {
  const [locked] = await tx
    .select({ live: tickets.live })
    .from(tickets)
    .where(eq(tickets.id, ticketId))
    .for('update')
  const written = await tx
    .select()
    .from(checkIns)
    .where(or(eq(checkIns.id, id), and(eq(checkIns.ticketId, ticketId), eq(checkIns.live, true))))
  const own = written.find((row) => row.id === id)
  const live = written.find((row) => row.ticketId === ticketId && row.live === true)
  const undone = { undoneAt: now, undoneBy: account, live: null }
  if (own !== undefined) {
    if (own.ticketId !== ticketId) return { status: 'id-reused' }
    if (isUndone && own.live === true) await tx.update(checkIns).set(undone).where(eq(checkIns.id, id))
    const status = isUndone || own.live !== true ? 'undone' : 'admitted'
    return { status, ticket, at: own.at, gate: own.gate }
  }
  const row = { id, ticketId, at, accountId: account, gate }
  if (isUndone) {
    await tx.insert(checkIns).values({ ...row, ...undone })
    return { status: 'undone', ticket, at, gate }
  }
  if (live !== undefined) return { status: 'already-used', ticket, at: live.at, gate: live.gate }
  if (locked?.live !== true) return { status: 'void', ticket }
  await tx.insert(checkIns).values(row)
  return { status: 'admitted', ticket, at, gate }
}
