import { asc, eq } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { festivals, rooms } from '../../../drizzle/schema/catalogue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { pause } from '../../../shared/runtime/loop.ts'
import { judge } from './evaluate.ts'
import { inFlight, isQuiet } from './facts.ts'
import { readFacts } from './read-facts.ts'
import { type AuditReport, buildReport, type FestivalVerdict } from './report.ts'
import type { Stores } from './stores.ts'
import { findStrays } from './strays.ts'

export type AuditOptions = Stores & {
  /** One festival; all of them without it. */
  festival?: string | undefined
  /** How long to wait for payments in flight to settle before evaluating with them. */
  waitSeconds: number
  /** What the report says cannot be checked with these stores. */
  notChecked?: readonly string[]
  now?: Clock
}

export class UnknownFestival extends Error {}

type FoundFestival = { id: string; published: boolean; archivedAt: Date | null }

const FESTIVALS_MAX = 10_000
const PAUSE_MS = 250

/**
 * Checks the invariants of DESIGN.md on live stores, one festival after the other. Only reads. Throws
 * `Unreachable` when a store is unavailable and `UnknownFestival` when there is no such festival.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { db, fetchLedger, notChecked = [], now = Date.now } = options
  const deadline = now() + options.waitSeconds * 1000
  const found = await findFestivals(db, options.festival)
  if (options.festival !== undefined && found.length === 0) {
    throw new UnknownFestival(`There is no festival ${options.festival}`)
  }
  const festivalVerdicts: FestivalVerdict[] = []
  for (const festival of found)
    festivalVerdicts.push(await evaluateFestival(options, festival, deadline, now))
  return { ...buildReport(festivalVerdicts, await findStrays(db, fetchLedger)), notChecked }
}

async function findFestivals(db: Database, festival: string | undefined): Promise<FoundFestival[]> {
  return await db
    .select({ id: festivals.id, published: festivals.published, archivedAt: rooms.archivedAt })
    .from(festivals)
    .innerJoin(rooms, eq(rooms.id, festivals.id))
    .where(festival === undefined ? undefined : eq(festivals.id, festival))
    .orderBy(asc(festivals.id))
    .limit(FESTIVALS_MAX)
}

/**
 * Reads and evaluates repeatedly until nothing is in flight, or the time is up; the last evaluation then counts, with
 * allowances for payments in flight. A breach found while nothing is in flight is checked twice, in case something
 * moved there and back.
 */
async function evaluateFestival(
  stores: Stores,
  { id: festival, published, archivedAt }: FoundFestival,
  deadline: number,
  now: Clock,
): Promise<FestivalVerdict> {
  let isSecondPass = false
  for (;;) {
    const facts = await readFacts(stores, festival)
    const verdicts = judge(facts)
    const quiet = isQuiet(facts)
    const holds = [...verdicts.values()].every(({ findings }) => findings.length === 0)
    if (now() >= deadline || (quiet && (holds || isSecondPass))) {
      // A draft has no room yet and an archived festival no longer has one; neither is an error.
      const hasRoom = facts.after !== undefined || !published || archivedAt !== null
      return { festival, inFlight: inFlight(facts).size, hasRoom, verdicts }
    }
    isSecondPass = quiet
    await pause(PAUSE_MS)
  }
}
