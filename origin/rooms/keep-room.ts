import { and, eq, lt } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishRoom } from '../catalogue/publish-room.ts'
import type { FestivalRecord } from '../catalogue/read-catalogue.ts'
import { type RebuildDeps, rebuildRoom } from './rebuild-room.ts'
import { Superseded } from './rebuild-writer.ts'
import { restorePayments } from './restore-payments.ts'

export type KeptRoom =
  | 'built'
  | 'updated'
  | 'unchanged'
  /** Another origin sees to it. */
  | 'elsewhere'

/**
 * Sees to it that Redis has a room as MySQL has it: builds it when Redis does not know it, or was started again or
 * replaced and may lack what was written last; publishes what has changed. Any number of origins may do so at any time.
 *
 * @param changed - whether it may have changed since it was last published from here
 * @param runId - which run of Redis the room is in: see `readRuns`; '' takes it for the same as before
 */
export async function keepRoom(
  deps: RebuildDeps,
  record: FestivalRecord,
  { changed, runId }: { changed: boolean; runId: string },
): Promise<KeptRoom> {
  const { db, redis, leaseMs } = deps
  const { id: room, epoch } = record.room
  const keys = roomKeys(room)
  const token = uuidv7()
  const [noticed, epochInRedis] = await redis.roomNotice(
    keys.settings,
    keys.rebuild,
    token,
    leaseMs,
    epoch,
    runId,
  )
  switch (noticed) {
    case 'busy':
      return 'elsewhere'
    case 'lost':
      return build(deps, record, token, runId)
    case 'ahead':
      await passBy(db, room, Number(epochInRedis))
      return 'elsewhere'
    case 'restoring':
      // A worker may have recorded a payment after MySQL was read for the rebuild.
      await restorePayments({ db, redis }, room, { token: '', leaseMs, expiresAt: new Date(0) })
      break
  }
  if (!changed) return 'unchanged'
  return (await publishRoom(deps, record)) === 'updated' ? 'updated' : 'elsewhere'
}

async function build(
  deps: RebuildDeps,
  record: FestivalRecord,
  token: string,
  runId: string,
): Promise<KeptRoom> {
  try {
    const result = await rebuildRoom(deps, record, token, runId)
    return result.status === 'built' ? 'built' : 'elsewhere'
  } catch (error) {
    if (error instanceof Superseded) return 'elsewhere'
    throw error
  }
}

/**
 * Redis has a room of a later epoch than MySQL, which was itself restored from an older copy unless this origin has read
 * it before another counted the epoch up. The epoch goes past the one in Redis, so that the next round rebuilds the room.
 */
async function passBy(db: Database, room: string, epochInRedis: number): Promise<void> {
  await db
    .update(rooms)
    .set({ epoch: epochInRedis + 1 })
    .where(and(eq(rooms.id, room), lt(rooms.epoch, epochInRedis)))
}
