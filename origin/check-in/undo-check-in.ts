import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { gateScans } from '../../drizzle/schema/gate.ts'
import { checkIns, tickets } from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** The festival at whose gate the scan was made. */
export async function findFestivalOfScan(db: Database, id: string): Promise<string | undefined> {
  const [scan] = await db
    .select({ festival: gateScans.festivalId })
    .from(gateScans)
    .where(eq(gateScans.id, id))
  if (scan !== undefined) return scan.festival
  const [use] = await db
    .select({ festival: ticketTypes.festivalId })
    .from(checkIns)
    .innerJoin(tickets, eq(tickets.id, checkIns.ticketId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(eq(checkIns.id, id))
  return use?.festival
}

export type UndoCheckInResult = { status: 'undone'; undoneAt: Date } | { status: 'missing' }

/**
 * Undoes a scan that admitted a guest, so that its ticket can be used again, even where the server had refused it; the
 * account that did it stays recorded. Safe to repeat.
 */
export async function undoCheckIn(
  { db, now }: { db: Database; now: Clock },
  { id, account }: { id: string; account: string },
): Promise<UndoCheckInResult> {
  return await runTransaction(db, async (tx) => {
    const [use] = await tx.select({ ticketId: checkIns.ticketId }).from(checkIns).where(eq(checkIns.id, id))
    const [scan] = await tx
      .select({ ticketId: gateScans.ticketId })
      .from(gateScans)
      .where(eq(gateScans.id, id))
    const ticketId = use?.ticketId ?? scan?.ticketId
    // Scanning locks the ticket's row first, too.
    if (ticketId)
      await tx.select({ id: tickets.id }).from(tickets).where(eq(tickets.id, ticketId)).for('update')
    const [checkedIn] = await tx.select().from(checkIns).where(eq(checkIns.id, id))
    const [recorded] = await tx.select().from(gateScans).where(eq(gateScans.id, id))
    const before = checkedIn?.undoneAt ?? recorded?.undoneAt
    if (before) return { status: 'undone', undoneAt: before }
    if (checkedIn === undefined && recorded?.letIn !== true) return { status: 'missing' }
    const undone = { undoneAt: new Date(now()), undoneBy: account }
    await tx
      .update(checkIns)
      .set({ ...undone, live: null })
      .where(eq(checkIns.id, id))
    await tx
      .update(gateScans)
      .set({ ...undone, letIn: false, notable: true })
      .where(eq(gateScans.id, id))
    return { status: 'undone', undoneAt: undone.undoneAt }
  })
}
