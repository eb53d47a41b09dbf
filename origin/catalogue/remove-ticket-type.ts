import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { tickets } from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'
import { deleteUnitsAfter } from './units.ts'

export type RemoveTicketTypeResult =
  | { status: 'removed'; festival: FestivalWithStock }
  | { status: 'missing' }
  | Outdated
  | { status: 'conflict'; detail: string }

/** Removes a ticket type with its units, only from a draft, and only if no order ever had a unit of it. */
export function removeTicketType(
  deps: { db: Database; now: Clock },
  {
    festival: id,
    type,
    account,
    isExpected,
  }: { festival: string; type: number; account: string; isExpected?: VersionCheck },
): Promise<RemoveTicketTypeResult> {
  return runTransaction(deps.db, async (tx) => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    const { record } = locked
    const found = record.ticketTypes.find((each) => each.id === type)
    if (found === undefined) return { status: 'missing' }
    if (record.festival.published) {
      return { status: 'conflict', detail: 'A ticket type can only be removed from a draft' }
    }
    const issued = await tx
      .select({ id: tickets.id })
      .from(tickets)
      .where(eq(tickets.ticketTypeId, type))
      .limit(1)
    if (issued.length > 0) return { status: 'conflict', detail: 'Tickets of this type were sold' }
    await deleteUnitsAfter(tx, type, 0)
    await tx.delete(ticketTypes).where(eq(ticketTypes.id, type))
    await raiseVersion(tx, record)
    const { festivalId: _, id: __, ...fields } = found
    await recordChange(tx, {
      at: new Date(deps.now()),
      accountId: account,
      action: 'ticket-type.remove',
      subject: id,
      festivalId: id,
      before: { type, ...fields },
      after: {},
    })
    return { status: 'removed', festival: await readChanged(tx, id) }
  })
}
