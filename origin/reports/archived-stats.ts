import type { Database } from '../../drizzle/database.ts'
import { findFestival } from '../catalogue/read-festivals.ts'
import { readLastCheckpoint } from '../rooms/checkpoint.ts'
import { storedRecord } from '../rooms/store-draw.ts'
import type { RoomStats } from './room-stats.ts'

/** The stats of a sale whose room is archived, from MySQL; undefined where there is none. */
export async function readArchivedStats(db: Database, room: string): Promise<RoomStats | undefined> {
  const found = await findFestival(db, room)
  if (found === undefined || found.room.archivedAt === null) return undefined
  const { archivedAt, epoch, ratePerSecond, maxActive, version } = found.room
  const last = await readLastCheckpoint(db, room, 0)
  const { entries = 0, serving = -1 } = last ?? {}
  const participants = storedRecord(found.room)?.closing?.participants ?? 0
  return {
    phase: 'closed',
    at: archivedAt,
    ...{ epoch, entries, serving, waiting: Math.max(entries - serving - 1, 0) },
    ...{ called: 0, turnsRetained: 0, active: 0, ratePerSecond, maxActive, version, paymentsWaiting: 0 },
    // Accounts excluded by a limit are not stored: they matter only as long as the limit can be changed.
    draw: { participants, overNetworkLimit: 0, overDomainLimit: 0, awaitsBeacon: false },
    stock: found.ticketTypes.map(({ id, name, quantity, sold }) => ({
      ...{ type: id, name, quantity, free: quantity - sold, held: 0, sold },
    })),
  }
}
