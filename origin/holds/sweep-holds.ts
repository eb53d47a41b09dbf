import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Gives back the units of expired holds, at most `sweepMax`; any origin may do it at any time. Returns how many. */
export async function sweepHolds(redis: Redis, room: string, sweepMax: number): Promise<number> {
  const keys = roomKeys(room)
  const swept = await redis.holdSweep(keys.settings, keys.stock, keys.counts, keys.holds, keys.hold, sweepMax)
  return Math.max(swept, 0)
}

/** Most holds that one sweep of a backlog gives back, in parts: as many passes as a room can have. */
const BACKLOG_MAX = 100_000

/**
 * Gives back all that has expired, in parts of at most `sweepMax`, between which Redis serves others: however many
 * expire at once, none waits for the next sweep. Returns how many.
 */
export async function sweepBacklog(redis: Redis, room: string, sweepMax: number): Promise<number> {
  let total = 0
  while (total < BACKLOG_MAX) {
    const swept = await sweepHolds(redis, room, sweepMax)
    total += swept
    if (swept < sweepMax) break
  }
  return total
}
