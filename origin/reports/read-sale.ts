import type { Database } from '../../drizzle/database.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { cacheReads } from '../../shared/runtime/cached-reads.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type RecentOutcomes, sumOf } from '../heartbeat/recent-outcomes.ts'
import { type OriginState, readOrigins } from '../heartbeat/report.ts'
import { readArchivedStats } from './archived-stats.ts'
import { type Attention, readAttention } from './attention.ts'
import { type RoomStats, readRoomStats } from './room-stats.ts'

export const SALE_COUNTS_CACHED_MS = 1000

/** A sale as its organiser sees it. */
export type Sale = RoomStats & { origins: OriginState[]; recent: RecentOutcomes; attention: Attention }

/** Reads a sale; undefined where neither Redis nor the archive has its room: it is not published, or is being built. */
export type ReadSale = (room: string) => Promise<Sale | undefined>

/**
 * Reads sales for organisers, whose pages poll every second. Values of Redis are read each time; counts of MySQL are
 * cached and shared for `cachedMs`.
 *
 * @param roomsMax - how many rooms' counts are cached
 */
export function createSaleReader(options: {
  db: Database
  redis: Redis
  now: Clock
  cachedMs: number
  roomsMax: number
}): ReadSale {
  const { db, redis, now, cachedMs, roomsMax } = options
  const cached = <T>(read: (room: string) => Promise<T>) =>
    cacheReads({ read, now, cachedMs, keysMax: roomsMax })
  const attentionOf = cached((room) => readAttention(db, now, room))
  const archivedOf = cached((room) => readArchivedStats(db, room))

  return async (room) => {
    const [inRedis, origins, attention] = await Promise.all([
      readRoomStats(redis, room),
      readOrigins(redis),
      attentionOf(room),
    ])
    const stats = inRedis ?? (await archivedOf(room))
    if (stats === undefined) return undefined
    const recent = sumOf(origins.flatMap(({ report }) => report?.recent[room] ?? []))
    return { ...stats, origins, recent, attention }
  }
}
