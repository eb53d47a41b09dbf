import type { Database } from '../../drizzle/database.ts'
import { FESTIVALS_MAX } from '../../shared/catalogue.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { readRuns } from '../../shared/redis/runs.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../shared/runtime/group-commit.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { type FestivalRecord, readCatalogue } from '../festivals/read-catalogue.ts'
import { type ArchivedRecord, createUpcomingReader } from '../rooms/archived-room.ts'
import { maintainRooms } from '../rooms/maintain-room.ts'
import { type Maintenance, REBUILD_LEASE_MS, type RebuildDeps } from '../rooms/rebuild-room.ts'
import { noteRuns } from '../rooms/redis-runs.ts'
import { createRoomPublisher } from './publish-rooms.ts'

/** The origin's copy of the catalogue, kept up to date and published to Redis. */
export type CatalogueCopy = {
  /** Empty until MySQL has been read for the first time. */
  current(): readonly FestivalRecord[]
  /** Upcoming festivals whose room is archived. */
  upcoming(): readonly ArchivedRecord[]
  /** Whether MySQL has been read: before that, the empty copy must not be used. */
  known(): boolean
  /**
   * Reads MySQL, publishes each room that changed, and rebuilds each that Redis does not know. Runs are serialised, and
   * those requested meanwhile are merged: each reads what was written before the request, and none replaces the copy by
   * an older one. Rejects when MySQL or Redis is unreachable; a single room that fails is logged, retried in the next
   * round, and returned.
   */
  refresh(): Promise<RefreshResult>
  /**
   * Publishes what has just been committed, and waits at most `FOLLOW_MS` for it. Never rejects: a commit is a success
   * even if its publication fails, which the origin's next round repeats.
   */
  follow(): Promise<void>
}

/** The copy from which an origin also maintains rooms in Redis. */
export type CachedCatalogue = CatalogueCopy & {
  /**
   * Renews rooms when a round takes long: for a minute at most, from the last read of MySQL. Does nothing while rounds
   * follow each other.
   */
  maintainRooms(): Promise<void>
  /** The rooms that another origin maintains in another Redis, as the last round found. */
  outdated(): readonly string[]
  /** Reports to origins on another Redis in which runs of it this one maintains rooms (redis-runs.ts). */
  noteRuns(): Promise<void>
}

/** The rooms that could not be published in this round, including those that are up to date in another Redis. */
type RefreshResult = { failedRooms: readonly string[] }

export function createCatalogueCopy(
  deps: {
    db: Database
    redis: Redis
    log: Logger
    festivalsMax?: number
    now?: Clock
  } & Partial<Pick<RebuildDeps, 'restoreMs' | 'leaseMs'>> & { maintenance?: Omit<Maintenance, 'runs'> },
): CachedCatalogue {
  const { db, redis, log, festivalsMax = FESTIVALS_MAX, now = Date.now } = deps
  const { restoreMs = 5000, leaseMs = REBUILD_LEASE_MS } = deps
  const maintenance =
    deps.maintenance === undefined ? undefined : { ...deps.maintenance, runs: new Set<string>() }
  const publisher = createRoomPublisher({ rebuilding: { db, redis, restoreMs, leaseMs, maintenance }, log })
  const readUpcoming = createUpcomingReader(db)
  let records: readonly FestivalRecord[] | undefined
  let upcoming: readonly ArchivedRecord[] = []
  let outdated: readonly string[] = []
  /** When MySQL was last read, and rooms were last renewed. */
  let readAt = 0
  let keptAt = 0

  async function readAndPublish(): Promise<RefreshResult> {
    const read = await readCatalogue(db, festivalsMax)
    upcoming = await readUpcoming(new Date(now()))
    records = read
    readAt = now()
    const runs = await readRuns(redis)
    keptAt = now()
    const round = await publisher.publish(read, runs)
    outdated = round.outdated
    maintenance?.runs.clear()
    for (const run of round.maintainedRuns) maintenance?.runs.add(run)
    return { failedRooms: [...round.failed, ...round.outdated] }
  }

  const refreshes = createGroupCommit<undefined, RefreshResult>(REFRESHES_MAX, async (requests) => {
    const result = await readAndPublish()
    return requests.map(() => result)
  })

  async function maintainAllRooms(): Promise<void> {
    if (maintenance === undefined || records === undefined) return
    const { maintainedMs } = maintenance
    if (now() - keptAt < maintainedMs / 3 || now() - readAt > BELIEVED_MS) return
    keptAt = now()
    const runs = await readRuns(redis)
    await maintainRooms(
      redis,
      records.map(({ room }) => room),
      { runs, maintainedMs },
    )
  }

  return {
    current: () => records ?? [],
    upcoming: () => upcoming,
    known: () => records !== undefined,
    refresh: () => refreshes.add(undefined),
    follow: () => waitForRefresh(refreshes.add(undefined), log),
    maintainRooms: maintainAllRooms,
    outdated: () => outdated,
    async noteRuns() {
      if (maintenance !== undefined) await noteRuns(db, [...maintenance.runs].toSorted(), maintenance.origin)
    },
  }
}

/** Waits at most `FOLLOW_MS`, and logs a failure, which the next round repeats. */
async function waitForRefresh(refresh: Promise<unknown>, log: Logger): Promise<void> {
  const finished = new AbortController()
  const refreshed = refresh
    .catch((error: unknown) => {
      log.warn({ err: error }, 'a committed change is not published yet; the next round tries again')
    })
    .finally(() => finished.abort())
  await Promise.race([refreshed, pause(FOLLOW_MS, finished.signal)])
}

/**
 * How long an origin may use its last read of MySQL. Only an origin that alone cannot reach MySQL would maintain a
 * Redis that another has replaced, so it is not longer than MySQL itself takes to fail over.
 */
const BELIEVED_MS = 60_000
/** How long the response to a committed change waits for its publication. */
const FOLLOW_MS = 1000
/** Refresh requests that one round serves; further ones wait for the next. */
const REFRESHES_MAX = 1000
