import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'

/**
 * The period in which tickets of a festival are checked in; outside of it staff must confirm each one. Both ends are
 * included.
 */
export type CheckInWindow = { opensAt: Date; closesAt: Date }

const MINUTE_MS = 60_000

/** The check-in window of a festival, or undefined when there is no such festival. */
export async function readCheckInWindow(db: Database, festival: string): Promise<CheckInWindow | undefined> {
  const [row] = await db
    .select({
      startsAt: festivals.startsAt,
      endsAt: festivals.endsAt,
      beforeMinutes: festivals.checkInBeforeMinutes,
      afterMinutes: festivals.checkInAfterMinutes,
    })
    .from(festivals)
    .where(eq(festivals.id, festival))
  if (row === undefined) return undefined
  return {
    opensAt: new Date(row.startsAt.getTime() - row.beforeMinutes * MINUTE_MS),
    closesAt: new Date(row.endsAt.getTime() + row.afterMinutes * MINUTE_MS),
  }
}
