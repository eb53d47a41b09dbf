import { and, eq, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { redisRuns, rooms } from '../../drizzle/schema/catalogue.ts'

/** A run not recorded for this long has no maintained rooms: a little longer than a renewal lasts (`ROOM_MAINTAINED_MS`). */
const RUN_SILENT_MS = 6000
/** A run recorded again within this time is not written again. */
const NOTED_EVERY_MS = 900
/** Old runs are deleted. */
const RUN_STORED_DAYS = 1

const ago = (milliseconds: number) =>
  sql`utc_timestamp(3) - interval ${sql.raw(String(milliseconds * 1000))} microsecond`

/** Records that this origin maintains rooms in these runs of Redis; by MySQL's clock, since origins' may differ. */
export async function noteRuns(db: Database, runs: readonly string[], origin: string): Promise<void> {
  if (runs.length === 0) return
  const { keptAt, keptBy } = redisRuns
  const isDue = sql`${keptAt} < ${ago(NOTED_EVERY_MS)}`
  await db
    .insert(redisRuns)
    .values(runs.map((run) => ({ run, keptAt: sql`utc_timestamp(3)`, keptBy: origin })))
    .onDuplicateKeyUpdate({
      set: {
        keptBy: sql`if(${isDue}, values(${keptBy}), ${keptBy})`,
        // Last, because the assignments before it compare with the stored time.
        keptAt: sql`if(${isDue}, values(${keptAt}), ${keptAt})`,
      },
    })
}

/**
 * The origin that maintains a room in another run of Redis than this; undefined when none has for a while, or when this
 * origin did so itself and is here now.
 */
export async function maintainedElsewhereBy(
  db: Database,
  room: string,
  { run, origin }: { run: string; origin: string },
): Promise<string | undefined> {
  const [found] = await db
    .select({ keptBy: redisRuns.keptBy })
    .from(rooms)
    .innerJoin(redisRuns, eq(redisRuns.run, rooms.keptRun))
    .where(
      and(
        eq(rooms.id, room),
        ne(redisRuns.run, run),
        ne(redisRuns.keptBy, origin),
        sql`${redisRuns.keptAt} >= ${ago(RUN_SILENT_MS)}`,
      ),
    )
  return found?.keptBy
}

/** Deletes old runs. */
export async function dropOldRuns(db: Database): Promise<void> {
  await db
    .delete(redisRuns)
    .where(lt(redisRuns.keptAt, sql`utc_timestamp(3) - interval ${RUN_STORED_DAYS} day`))
}
