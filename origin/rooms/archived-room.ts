import type { Database } from '../../drizzle/database.ts'
import { formatDrawRecord } from '../../shared/api/draw-record.ts'
import type { ArchivedRoom } from '../../shared/catalogue.ts'
import { type FestivalRecord, readArchived, readUpcoming } from '../festivals/read-catalogue.ts'
import { readLastCheckpoint } from './checkpoint.ts'
import { settingsInRedis } from './settings-in-redis.ts'
import { storedRecord } from './store-draw.ts'

export type ArchivedRecord = FestivalRecord & { archived: ArchivedRoom }

/** The status that gateways return for an archived room: its state when it was archived. */
async function describeArchived(db: Database, record: FestivalRecord): Promise<ArchivedRecord> {
  const { room } = record
  const last = await readLastCheckpoint(db, room.id, 0)
  const archived: ArchivedRoom = {
    room: room.id,
    settings: { ...settingsInRedis(record), epoch: String(room.epoch), restored: room.restored ?? '' },
    epoch: room.epoch,
    ticketTypes: record.ticketTypes.map(({ id }) => id),
    entries: last?.entries ?? 0,
    serving: last?.serving ?? -1,
    draw: formatDrawRecord(storedRecord(room)),
  }
  return { ...record, archived }
}

/** A festival whose room is archived; undefined when there is none of this ID. */
export async function findArchived(db: Database, id: string): Promise<ArchivedRecord | undefined> {
  const record = await readArchived(db, id)
  return record === undefined ? undefined : await describeArchived(db, record)
}

/** Reads the upcoming festivals whose room is archived; the state of each room is read once per version. */
export function createUpcomingReader(db: Database): (now: Date) => Promise<ArchivedRecord[]> {
  let known = new Map<string, ArchivedRecord>()
  return async (now) => {
    const next = new Map<string, ArchivedRecord>()
    for (const record of await readUpcoming(db, now)) {
      const { id, version } = record.room
      const before = known.get(id)
      const described =
        before?.room.version === version
          ? { ...record, archived: before.archived }
          : await describeArchived(db, record)
      next.set(id, described)
    }
    known = next
    return [...next.values()]
  }
}
