import { and, eq, isNull, lt } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Runs } from '../../shared/redis/runs.ts'
import type { FestivalRecord, RoomRow } from '../festivals/read-catalogue.ts'
import { publishRoom } from './publish-room.ts'
import { type RebuildDeps, rebuildRoom } from './rebuild-room.ts'
import { Outdated } from './rebuild-writer.ts'
import { maintainedElsewhereBy } from './redis-runs.ts'
import { restorePayments } from './restore-payments.ts'

export type MaintainedRoom =
  | 'built'
  | 'updated'
  | 'unchanged'
  /** Another origin handles it. */
  | 'elsewhere'
  /** Another origin maintains it in another Redis, which has the room as MySQL does; this one is out of date. */
  | 'outdated'

/**
 * Ensures that Redis has a room as MySQL has it: builds it when Redis does not know it, or was restarted or replaced
 * and may lack the latest writes; publishes what has changed. Any number of origins may do so at any time.
 *
 * @param changed - whether it may have changed since this origin last published it
 * @param runId - which run of Redis the room is in: see `readRuns`; '' means that it has not changed
 */
export async function maintainRoom(
  deps: RebuildDeps,
  record: FestivalRecord,
  { changed, runId }: { changed: boolean; runId: string },
): Promise<MaintainedRoom> {
  const { db, redis, leaseMs } = deps
  const { id: room, epoch } = record.room
  const keys = roomKeys(room)
  const token = uuidv7()
  const [noticed, detail] = await redis.roomNotice(
    ...([keys.settings, keys.rebuild, keys.admission] as const),
    ...([keys.calls, keys.unresolved, keys.turnEnds] as const),
    ...([token, leaseMs, epoch, runId, deps.maintenance?.maintainedMs ?? ''] as const),
  )
  switch (noticed) {
    case 'busy':
      return 'elsewhere'
    case 'lost':
      // A room of the same epoch that another run wrote belongs to a replica: that run has been replaced.
      if (detail === 'older' && (await isMaintainedElsewhere(deps, room, runId))) {
        await returnLease(redis, room, token)
        return 'outdated'
      }
      return build(deps, record, token, runId)
    case 'ahead':
      await passBy(db, room, Number(detail))
      return 'elsewhere'
    case 'restoring':
      // A worker may have recorded a payment after MySQL was read for the rebuild.
      await restorePayments({ db, redis }, room, { token: '', leaseMs, expiresAt: new Date(0) })
      break
  }
  if (record.room.keptRun === null) await nameRun(db, record.room, runId)
  if (!changed) return 'unchanged'
  return (await publishRoom(deps, record)) === 'updated' ? 'updated' : 'elsewhere'
}

async function build(
  deps: RebuildDeps,
  record: FestivalRecord,
  token: string,
  runId: string,
): Promise<MaintainedRoom> {
  try {
    const result = await rebuildRoom(deps, record, token, runId)
    return result.status === 'built' ? 'built' : 'elsewhere'
  } catch (error) {
    if (error instanceof Outdated) return 'elsewhere'
    throw error
  }
}

/**
 * Redis has a room of a later epoch than MySQL, which was itself restored from an older copy unless this origin has
 * read it before another incremented the epoch. The epoch goes past the one in Redis, so that the next round rebuilds
 * the room.
 */
async function passBy(db: Database, room: string, epochInRedis: number): Promise<void> {
  await db
    .update(rooms)
    .set({ epoch: epochInRedis + 1 })
    .where(and(eq(rooms.id, room), lt(rooms.epoch, epochInRedis)))
}

/** For a room that was built before MySQL stored runs. */
async function nameRun(db: Database, { id, epoch }: RoomRow, run: string): Promise<void> {
  if (run === '') return
  await db
    .update(rooms)
    .set({ keptRun: run })
    .where(and(eq(rooms.id, id), eq(rooms.epoch, epoch), isNull(rooms.keptRun)))
}

async function isMaintainedElsewhere(
  { db, maintenance }: RebuildDeps,
  room: string,
  run: string,
): Promise<boolean> {
  if (maintenance === undefined || run === '') return false
  return (await maintainedElsewhereBy(db, room, { run, origin: maintenance.origin })) !== undefined
}

/** Ends the lease immediately, should it still be this origin's. */
async function returnLease(redis: Redis, room: string, token: string): Promise<void> {
  const keys = roomKeys(room)
  await redis.roomRebuildOwned(keys.rebuild, keys.stock, keys.counts, token, 1)
}

/**
 * Renews rooms from the last read of MySQL: for an origin that is delayed by the rebuilding of one room, or by a MySQL
 * that does not respond, without which no other origin can rebuild them either. Rooms on an unavailable node of a
 * cluster do not affect those on other nodes.
 */
export async function maintainRooms(
  redis: Redis,
  rooms: readonly Pick<RoomRow, 'id' | 'epoch'>[],
  { runs, maintainedMs }: { runs: Runs; maintainedMs: number },
): Promise<void> {
  const outcomes = await Promise.allSettled(
    rooms.map(async ({ id, epoch }) => {
      const keys = roomKeys(id)
      await redis.roomMaintain(
        ...([keys.settings, keys.admission, keys.calls, keys.unresolved, keys.turnEnds] as const),
        ...([epoch, runs.of(id), maintainedMs] as const),
      )
    }),
  )
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
