import type { Database } from '../../drizzle/database.ts'
import type { Redis } from '../../shared/redis/client.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { ARCHIVE_AFTER_MS, archiveRoom } from './archive-room.ts'
import { clearLeftRooms } from './clear-rooms.ts'

/**
 * Archives rooms whose sale has been over for `archiveAfterMs`, and deletes what archived and unpublished rooms still
 * have in Redis. A room that fails is logged and does not delay the others.
 */
export async function archiveRooms(deps: {
  db: Database
  redis: Redis
  now: Clock
  log: Logger
  /** This origin's name. */
  origin: string
  catalogue: { current: () => readonly FestivalRecord[]; follow: () => Promise<void> }
  archiveAfterMs?: number
  clearAfterMs?: number
}): Promise<void> {
  const { now, log, catalogue, archiveAfterMs = ARCHIVE_AFTER_MS } = deps
  const over = catalogue
    .current()
    .filter(({ room }) => room.closesAt.getTime() + archiveAfterMs <= now())
    .toSorted((a, b) => a.room.closesAt.getTime() - b.room.closesAt.getTime())
  let archived = 0
  for (const { room } of over) {
    try {
      const { status } = await archiveRoom({ ...deps, archiveAfterMs }, room)
      if (status !== 'archived') continue
      archived += 1
      log.info({ room: room.id }, 'room archived')
    } catch (error) {
      log.warn({ err: error, room: room.id }, 'a room could not be archived; the next round tries again')
    }
  }
  if (archived > 0) await catalogue.follow()
  await clearLeftRooms(deps)
}
