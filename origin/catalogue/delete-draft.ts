import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isReferenced } from '../../drizzle/errors.ts'
import {
  drawnEntries,
  festivals,
  roomCheckpoints,
  rooms,
  ticketTypes,
} from '../../drizzle/schema/catalogue.ts'
import { teamInvitations, teamMembers, teamSettings } from '../../drizzle/schema/teams.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { lockExpected, type Outdated, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { deleteUnitsAfter } from './units.ts'

export type DeleteDraftResult =
  | { status: 'deleted' }
  | { status: 'missing' }
  | Outdated
  | { status: 'conflict'; detail: string }

/**
 * Deletes a draft with its room and its ticket types. Anything that was ever paid for, or that other stored rows refer
 * to, stays; so does the audit log.
 */
export async function deleteDraft(
  deps: { db: Database; now: Clock },
  { festival: id, account, isExpected }: { festival: string; account: string; isExpected?: VersionCheck },
): Promise<DeleteDraftResult> {
  try {
    return await runTransaction(deps.db, async (tx): Promise<DeleteDraftResult> => {
      const locked = await lockExpected(tx, id, isExpected)
      if (locked.status !== 'locked') return locked
      const { record } = locked
      if (record.festival.published) return { status: 'conflict', detail: 'Only a draft can be deleted' }
      await deleteIn(tx, record)
      await recordChange(tx, {
        at: new Date(deps.now()),
        accountId: account,
        action: 'festival.delete',
        subject: id,
        festivalId: id,
        before: { name: record.festival.name },
        after: {},
      })
      return { status: 'deleted' }
    })
  } catch (error) {
    if (!isReferenced(error)) throw error
    return { status: 'conflict', detail: 'Something was paid for in it, so it is kept' }
  }
}

async function deleteIn(tx: Transaction, { festival, ticketTypes: types }: FestivalRecord): Promise<void> {
  for (const { id } of types) await deleteUnitsAfter(tx, id, 0)
  await tx.delete(ticketTypes).where(eq(ticketTypes.festivalId, festival.id))
  await tx.delete(roomCheckpoints).where(eq(roomCheckpoints.roomId, festival.id))
  await tx.delete(drawnEntries).where(eq(drawnEntries.roomId, festival.id))
  await tx.delete(teamSettings).where(eq(teamSettings.festivalId, festival.id))
  await tx.delete(teamInvitations).where(eq(teamInvitations.festivalId, festival.id))
  await tx.delete(teamMembers).where(eq(teamMembers.festivalId, festival.id))
  await tx.delete(rooms).where(eq(rooms.id, festival.id))
  await tx.delete(festivals).where(eq(festivals.id, festival.id))
}
