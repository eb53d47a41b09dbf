import { v7 as uuidv7 } from 'uuid'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishRoom } from '../catalogue/publish-room.ts'
import type { FestivalRecord } from '../catalogue/read-catalogue.ts'
import { openEpoch, type RebuildDeps, rebuildRoom } from './rebuild-room.ts'
import { Superseded } from './rebuild-writer.ts'
import { restorePayments } from './restore-payments.ts'

export type KeepRoomDeps = RebuildDeps & {
  /** How long gateways and fans have to give back what Redis may have lost by being started again. */
  restartRestoreMs: number
}

export type KeptRoom =
  | 'built'
  | 'reopened'
  | 'updated'
  | 'unchanged'
  /** Another origin sees to it. */
  | 'elsewhere'

/**
 * Sees to it that Redis has a room as MySQL has it: builds it when Redis does not know it, opens a new epoch when Redis
 * was started again, publishes what has changed. Any number of origins may do so at any time.
 *
 * @param changed - whether it may have changed since it was last published from here
 * @param runId - which run of Redis the room is in: see `readRuns`; '' takes it for the same as before
 */
export async function keepRoom(
  deps: KeepRoomDeps,
  record: FestivalRecord,
  { changed, runId }: { changed: boolean; runId: string },
): Promise<KeptRoom> {
  const { db, redis, leaseMs } = deps
  const { id: room, epoch } = record.room
  const keys = roomKeys(room)
  const token = uuidv7()
  const [noticed] = await redis.roomNotice(keys.settings, keys.rebuild, token, leaseMs, epoch, runId)
  switch (noticed) {
    case 'busy':
      return 'elsewhere'
    case 'lost':
      return build(deps, record, token, runId)
    case 'restarted':
      return reopen(deps, record, token, runId)
    case 'restoring':
      // A worker may have recorded a payment after MySQL was read for the rebuild.
      await restorePayments({ db, redis }, room, { token: '', leaseMs, expiresAt: new Date(0) })
      break
  }
  if (!changed) return 'unchanged'
  return (await publishRoom(deps, record)) === 'updated' ? 'updated' : 'elsewhere'
}

async function build(
  deps: KeepRoomDeps,
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

async function reopen(
  { db, redis, restartRestoreMs }: KeepRoomDeps,
  { room: row }: FestivalRecord,
  token: string,
  runId: string,
): Promise<KeptRoom> {
  const epoch = await openEpoch(db, row)
  if (epoch === undefined) return 'elsewhere'
  const keys = roomKeys(row.id)
  const [reopened] = await redis.roomReopen(
    keys.settings,
    keys.rebuild,
    token,
    epoch,
    restartRestoreMs,
    runId,
  )
  return reopened === 'reopened' ? 'reopened' : 'elsewhere'
}
