import pLimit from 'p-limit'
import type { Database } from '../../drizzle/database.ts'
import { FESTIVALS_MAX } from '../../shared/catalogue.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { type Runs, readRuns } from '../../shared/redis/runs.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../shared/runtime/group-commit.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import { type FestivalRecord, readCatalogue } from '../festivals/read-catalogue.ts'
import { type ArchivedRecord, createUpcomingReader } from '../rooms/archived-room.ts'
import { maintainRoom, maintainRooms } from '../rooms/maintain-room.ts'
import { type Maintenance, REBUILD_LEASE_MS, type RebuildDeps } from '../rooms/rebuild-room.ts'
import { noteRuns } from '../rooms/redis-runs.ts'

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

/** The results of one round. */
type Round = {
  runs: Runs
  next: Map<string, string>
  outdated: string[]
  maintainedRuns: Set<string>
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
  const { festivalsMax = FESTIVALS_MAX, restoreMs = 5000, leaseMs = REBUILD_LEASE_MS } = deps
  const maintenance =
    deps.maintenance === undefined ? undefined : { ...deps.maintenance, runs: new Set<string>() }
  const rebuilding = { db: deps.db, redis: deps.redis, restoreMs, leaseMs, maintenance }
  const limitRooms = pLimit(ROOMS_CONCURRENCY_MAX)
  const { now = Date.now } = deps
  const readUpcoming = createUpcomingReader(deps.db)
  let records: readonly FestivalRecord[] | undefined
  let upcoming: readonly ArchivedRecord[] = []
  let published = new Map<string, string>()
  let outdated: readonly string[] = []
  /** When MySQL was last read, and rooms were last renewed. */
  let readAt = 0
  let keptAt = 0

  async function readAndPublish(): Promise<RefreshResult> {
    const read = await readCatalogue(deps.db, festivalsMax)
    upcoming = await readUpcoming(new Date(now()))
    records = read
    readAt = now()
    const runs = await readRuns(deps.redis)
    const next = new Map<string, string>()
    const round: Round = { runs, next, outdated: [], maintainedRuns: new Set() }
    keptAt = now()
    // One room that cannot be renewed does not delay the others.
    const results = await Promise.allSettled(read.map((record) => limitRooms(() => publish(record, round))))
    published = next
    const failed = read.flatMap(({ room }, i) => (failedIn(room.id, results[i]) ? [room.id] : []))
    outdated = round.outdated
    maintenance?.runs.clear()
    for (const run of round.maintainedRuns) maintenance?.runs.add(run)
    return { failedRooms: [...failed, ...round.outdated] }
  }

  function failedIn(room: string, result: PromiseSettledResult<void> | undefined): boolean {
    if (result?.status !== 'rejected') return false
    deps.log.warn({ room, err: result.reason }, 'a room could not be published; the next round tries again')
    return true
  }

  async function publish(
    record: FestivalRecord,
    { runs, next, outdated, maintainedRuns }: Round,
  ): Promise<void> {
    const { id } = record.room
    const content = JSON.stringify(record)
    const changed = published.get(id) !== content
    const outcome = await maintainRoom(rebuilding, record, { changed, runId: runs.of(id) })
    if (outcome === 'built' && record.room.epoch > 0)
      deps.log.warn({ room: id, outcome }, 'Redis had lost a room; fans and gateways restore it')
    else if (outcome === 'outdated')
      deps.log.warn({ room: id }, 'this Redis is out of date: another origin keeps the room in another one')
    else if (outcome !== 'unchanged') deps.log.info({ room: id, outcome }, 'room published')
    // The copy of another origin may be older than this.
    if (outcome === 'outdated') outdated.push(id)
    else if (outcome !== 'elsewhere') {
      next.set(id, content)
      maintainedRuns.add(runs.of(id))
    }
  }

  const refreshes = createGroupCommit<undefined, RefreshResult>(REFRESHES_MAX, async (requests) => {
    const result = await readAndPublish()
    return requests.map(() => result)
  })

  async function follow(): Promise<void> {
    const finished = new AbortController()
    const refreshed = refreshes
      .add(undefined)
      .catch((error: unknown) => {
        deps.log.warn({ err: error }, 'a committed change is not published yet; the next round tries again')
      })
      .finally(() => finished.abort())
    await Promise.race([refreshed, pause(FOLLOW_MS, finished.signal)])
  }

  async function maintainAllRooms(): Promise<void> {
    if (maintenance === undefined || records === undefined) return
    const { maintainedMs } = maintenance
    if (now() - keptAt < maintainedMs / 3 || now() - readAt > BELIEVED_MS) return
    keptAt = now()
    const runs = await readRuns(deps.redis)
    await maintainRooms(
      deps.redis,
      records.map(({ room }) => room),
      { runs, maintainedMs },
    )
  }

  return {
    current: () => records ?? [],
    upcoming: () => upcoming,
    known: () => records !== undefined,
    refresh: () => refreshes.add(undefined),
    follow,
    maintainRooms: maintainAllRooms,
    outdated: () => outdated,
    async noteRuns() {
      if (maintenance !== undefined)
        await noteRuns(deps.db, [...maintenance.runs].toSorted(), maintenance.origin)
    },
  }
}

/**
 * How long an origin may use its last read of MySQL. Only an origin that alone cannot reach MySQL would maintain a
 * Redis that another has replaced, so it is not longer than MySQL itself takes to fail over.
 */
const BELIEVED_MS = 60_000
/** How long the response to a committed change waits for its publication. */
const FOLLOW_MS = 1000
/** Rooms checked and rebuilt concurrently. */
const ROOMS_CONCURRENCY_MAX = 8
/** Refresh requests that one round serves; further ones wait for the next. */
const REFRESHES_MAX = 1000
