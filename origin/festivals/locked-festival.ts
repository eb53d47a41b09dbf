import { eq } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { festivals, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import type { FestivalRecord } from './read-catalogue.ts'

/**
 * A festival with its room and ticket types, for a change of them: the room's row is locked, so that of two concurrent
 * changes the second sees the first, and a rebuild of the room waits (`openEpoch`), as do changes of its settings.
 */
async function lockFestival(tx: Transaction, id: string): Promise<FestivalRecord | undefined> {
  const [room] = await tx.select().from(rooms).where(eq(rooms.id, id)).for('update')
  const [festival] = await tx.select().from(festivals).where(eq(festivals.id, id))
  if (room === undefined || festival === undefined) return undefined
  const types = await tx
    .select()
    .from(ticketTypes)
    .where(eq(ticketTypes.festivalId, id))
    .orderBy(ticketTypes.id)
  return { festival, room, ticketTypes: types }
}

/** Whether a version is one that the caller expects to change; without it, every version is. */
export type VersionCheck = ((version: number) => boolean) | undefined

/** Another request has changed it since the caller read it. */
export type Outdated = { status: 'outdated' }

/** As `lockFestival`, if it has the expected version: compared under the lock that every change of it takes. */
export async function lockExpected(
  tx: Transaction,
  id: string,
  isExpected: VersionCheck,
): Promise<{ status: 'locked'; record: FestivalRecord } | { status: 'missing' } | Outdated> {
  const record = await lockFestival(tx, id)
  if (record === undefined) return { status: 'missing' }
  if (isExpected?.(record.room.version) === false) return { status: 'outdated' }
  return { status: 'locked', record }
}

/** Increments a locked room's version, which updates Redis' copy. Returns the version. */
export async function raiseVersion(tx: Transaction, { room }: FestivalRecord): Promise<number> {
  const version = room.version + 1
  await tx.update(rooms).set({ version }).where(eq(rooms.id, room.id))
  return version
}
