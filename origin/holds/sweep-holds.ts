import type { Redis } from 'ioredis'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Gives back the units of expired holds, at most `sweepMax`; any origin may do it at any time. Returns how many. */
export async function sweepHolds(redis: Redis, room: string, sweepMax: number): Promise<number> {
  const keys = roomKeys(room)
  const swept = await redis.holdSweep(keys.settings, keys.stock, keys.counts, keys.holds, keys.hold, sweepMax)
  return Math.max(swept, 0)
}
