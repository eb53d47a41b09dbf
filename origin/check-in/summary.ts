import { and, asc, count, desc, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { checkIns, tickets } from '../../drizzle/schema/purchases.ts'
import { cacheReads } from '../../shared/runtime/cached-reads.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** How many are checked in, of how many valid tickets; and the latest check-ins, including undone ones. */
export type CheckInSummary = {
  /** When it was counted: it includes everything that was answered before. */
  at: Date
  types: { type: number; typeName: string; in: number; tickets: number }[]
  last: {
    id: string
    at: Date
    gate: string
    type: number
    typeName: string
    number: number
    undoneAt: Date | null
  }[]
}

export type ReadSummary = (festival: string) => Promise<CheckInSummary | undefined>

const LAST_MAX = 10
export const SUMMARY_CACHED_MS = 1000

/**
 * Reads summaries; every device at every gate requests them, and counting reads each ticket of the festival, so one
 * result is shared for `cachedMs`.
 *
 * @param festivalsMax - how many festivals' results are cached
 */
export function createSummaryReader(options: {
  db: Database
  now: Clock
  cachedMs: number
  festivalsMax: number
}): ReadSummary {
  const { db, now, cachedMs, festivalsMax } = options
  return cacheReads({
    read: (festival) => readSummary(db, festival, now),
    now,
    cachedMs,
    keysMax: festivalsMax,
  })
}

/** Undefined when there is no such festival, or it has no ticket types. */
async function readSummary(db: Database, festival: string, now: Clock): Promise<CheckInSummary | undefined> {
  const at = new Date(now())
  const types = await db
    .select({
      type: ticketTypes.id,
      typeName: ticketTypes.name,
      in: count(checkIns.id),
      tickets: count(tickets.id),
    })
    .from(ticketTypes)
    .leftJoin(tickets, and(eq(tickets.ticketTypeId, ticketTypes.id), eq(tickets.live, true)))
    .leftJoin(checkIns, and(eq(checkIns.ticketId, tickets.id), eq(checkIns.live, true)))
    .where(eq(ticketTypes.festivalId, festival))
    .groupBy(ticketTypes.id)
    .orderBy(asc(ticketTypes.id))
  if (types.length === 0) return undefined
  const last = await db
    .select({
      id: checkIns.id,
      at: checkIns.at,
      gate: checkIns.gate,
      type: ticketTypes.id,
      typeName: ticketTypes.name,
      number: tickets.unitNumber,
      undoneAt: checkIns.undoneAt,
    })
    .from(checkIns)
    .innerJoin(tickets, eq(tickets.id, checkIns.ticketId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(eq(ticketTypes.festivalId, festival))
    .orderBy(desc(checkIns.at), desc(checkIns.id))
    .limit(LAST_MAX)
  return { at, types, last }
}
