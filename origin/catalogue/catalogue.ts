import type { Redis } from 'ioredis'
import type { Database } from '../../drizzle/database.ts'
import { createGroupCommit } from '../../shared/group-commit.ts'
import type { Logger } from '../../shared/log.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishRoom } from './publish-room.ts'
import { type FestivalRecord, readCatalogue } from './read-catalogue.ts'

/** The origin's copy of the catalogue, kept up to date and published to Redis. */
export type CatalogueCopy = {
  /** Empty until MySQL has been read for the first time. */
  current(): readonly FestivalRecord[]
  /** Whether MySQL has been read: before that, nobody may take the empty copy for the truth. */
  known(): boolean
  /**
   * Reads MySQL, and publishes each room that changed or that Redis does not know. One at a time, and those asked for
   * meanwhile together: each reads what was written before it was asked for, and none takes the copy back.
   */
  refresh(): Promise<void>
}

export function createCatalogueCopy(deps: {
  db: Database
  redis: Redis
  log: Logger
  festivalsMax: number
}): CatalogueCopy {
  let records: readonly FestivalRecord[] | undefined
  let published = new Map<string, string>()

  async function readAndPublish(): Promise<void> {
    const read = await readCatalogue(deps.db, deps.festivalsMax)
    records = read
    const known = await Promise.all(read.map(({ room }) => deps.redis.exists(roomKeys(room.id).settings)))
    const next = new Map<string, string>()
    for (const [i, record] of read.entries()) {
      const content = JSON.stringify(record)
      if (known[i] !== 1 || published.get(record.room.id) !== content) {
        const outcome = await publishRoom(deps, record)
        deps.log.info({ room: record.room.id, outcome }, 'room published')
      }
      next.set(record.room.id, content)
    }
    published = next
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

/** Asked for at once; more than these wait for the next one. */
const REFRESHES_MAX = 1000
