import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Releases the units of expired holds, at most `sweepMax`; any origin may do it at any time. Returns how many. */
export async function sweepHolds(redis: Redis, room: string, sweepMax: number): Promise<number> {
  const keys = roomKeys(room)
  const swept = await redis.holdSweep(keys.settings, keys.stock, keys.counts, keys.holds, keys.hold, sweepMax)
  return Math.max(swept, 0)
}

/** The maximum number of holds that one sweep of a backlog releases, in batches: as many passes as a room can have. */
const BACKLOG_MAX = 100_000

/**
 * Releases all expired holds, in batches of at most `sweepMax`, between which Redis serves other clients: however many
 * expire together, none waits for the next sweep. Returns how many.
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
