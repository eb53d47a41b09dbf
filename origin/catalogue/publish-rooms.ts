import pLimit from 'p-limit'
import type { Runs } from '../../shared/redis/runs.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { type MaintainedRoom, maintainRoom } from '../rooms/maintain-room.ts'
import type { RebuildDeps } from '../rooms/rebuild-room.ts'

/** The results of one round. */
export type PublishedRound = {
  /** Rooms that could not be published, and were logged. */
  failed: readonly string[]
  /** Rooms that another origin maintains in another Redis. */
  outdated: readonly string[]
  /** The runs of Redis in which the others are maintained. */
  maintainedRuns: ReadonlySet<string>
}

type Round = { runs: Runs; next: Map<string, string>; outdated: string[]; maintainedRuns: Set<string> }

/** Rooms checked and rebuilt concurrently. */
const ROOMS_CONCURRENCY_MAX = 8

/**
 * Publishes each room that changed since the last round, and rebuilds each that Redis does not know. Rounds must not
 * overlap.
 */
export function createRoomPublisher({ rebuilding, log }: { rebuilding: RebuildDeps; log: Logger }): {
  publish(records: readonly FestivalRecord[], runs: Runs): Promise<PublishedRound>
} {
  const limitRooms = pLimit(ROOMS_CONCURRENCY_MAX)
  let published = new Map<string, string>()

  return {
    async publish(records, runs) {
      const round: Round = { runs, next: new Map(), outdated: [], maintainedRuns: new Set() }
      // One room that cannot be renewed does not delay the others.
      const results = await Promise.allSettled(
        records.map((record) => limitRooms(() => publishRoom(record, round))),
      )
      published = round.next
      const failed = records.flatMap(({ room }, i) => (failedIn(room.id, results[i]) ? [room.id] : []))
      return { failed, outdated: round.outdated, maintainedRuns: round.maintainedRuns }
    },
  }

  async function publishRoom(
    record: FestivalRecord,
    { runs, next, outdated, maintainedRuns }: Round,
  ): Promise<void> {
    const { id } = record.room
    const content = JSON.stringify(record)
    const changed = published.get(id) !== content
    const outcome = await maintainRoom(rebuilding, record, { changed, runId: runs.of(id) })
    logOutcome(record, outcome)
    // The copy of another origin may be older than this.
    if (outcome === 'outdated') outdated.push(id)
    else if (outcome !== 'elsewhere') {
      next.set(id, content)
      maintainedRuns.add(runs.of(id))
    }
  }

  function logOutcome({ room: { id, epoch } }: FestivalRecord, outcome: MaintainedRoom): void {
    if (outcome === 'built' && epoch > 0)
      log.warn({ room: id, outcome }, 'Redis had lost a room; fans and gateways restore it')
    else if (outcome === 'outdated')
      log.warn({ room: id }, 'this Redis is out of date: another origin keeps the room in another one')
    else if (outcome !== 'unchanged') log.info({ room: id, outcome }, 'room published')
  }

  function failedIn(room: string, result: PromiseSettledResult<void> | undefined): boolean {
    if (result?.status !== 'rejected') return false
    log.warn({ room, err: result.reason }, 'a room could not be published; the next round tries again')
    return true
  }
}
