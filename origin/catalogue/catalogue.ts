import pLimit from 'p-limit'
import type { Database } from '../../drizzle/database.ts'
import { createGroupCommit } from '../../shared/group-commit.ts'
import type { Logger } from '../../shared/log.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { type KeepRoomDeps, keepRoom, readRunId } from '../rooms/keep-room.ts'
import { REBUILD_LEASE_MS } from '../rooms/rebuild-room.ts'
import { type FestivalRecord, readCatalogue } from './read-catalogue.ts'

/** The origin's copy of the catalogue, kept up to date and published to Redis. */
export type CatalogueCopy = {
  /** Empty until MySQL has been read for the first time. */
  current(): readonly FestivalRecord[]
  /** Whether MySQL has been read: before that, nobody may take the empty copy for the truth. */
  known(): boolean
  /**
   * Reads MySQL, publishes each room that changed, and rebuilds each that Redis does not know. One at a time, and those asked for
   * meanwhile together: each reads what was written before it was asked for, and none takes the copy back.
   */
  refresh(): Promise<void>
}

export function createCatalogueCopy(
  deps: {
    db: Database
    redis: Redis
    log: Logger
    festivalsMax: number
  } & Partial<Pick<KeepRoomDeps, 'restoreMs' | 'restartRestoreMs' | 'leaseMs'>>,
): CatalogueCopy {
  const { restoreMs = 15_000, restartRestoreMs = 3000, leaseMs = REBUILD_LEASE_MS } = deps
  const keeping = { db: deps.db, redis: deps.redis, restoreMs, restartRestoreMs, leaseMs }
  const limitRooms = pLimit(ROOMS_AT_ONCE_MAX)
  let records: readonly FestivalRecord[] | undefined
  let published = new Map<string, string>()

  async function readAndPublish(): Promise<void> {
    const read = await readCatalogue(deps.db, deps.festivalsMax)
    records = read
    const runId = await readRunId(deps.redis)
    const next = new Map<string, string>()
    // One room that cannot be kept does not hold up the others.
    const results = await Promise.allSettled(
      read.map((record) => limitRooms(() => publish(record, runId, next))),
    )
    published = next
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async function publish(record: FestivalRecord, runId: string, next: Map<string, string>): Promise<void> {
    const { id } = record.room
    const content = JSON.stringify(record)
    const outcome = await keepRoom(keeping, record, { changed: published.get(id) !== content, runId })
    const wasLost = (outcome === 'built' && record.room.epoch > 0) || outcome === 'reopened'
    if (wasLost) deps.log.warn({ room: id, outcome }, 'Redis had lost a room; fans and gateways restore it')
    else if (outcome !== 'unchanged') deps.log.info({ room: id, outcome }, 'room published')
    // What another origin has in hand may be older than this.
    if (outcome !== 'elsewhere') next.set(id, content)
  }

  const refreshes = createGroupCommit<undefined, undefined>(REFRESHES_MAX, async (asked) => {
    await readAndPublish()
    return asked
  })

  return {
    current: () => records ?? [],
    known: () => records !== undefined,
    refresh: () => refreshes.add(undefined),
  }
}

/** Looked at, and rebuilt, side by side. */
const ROOMS_AT_ONCE_MAX = 8
/** Asked for at once; more than these wait for the next one. */
const REFRESHES_MAX = 1000
