import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { type OriginState, readOrigins } from '../health/beat.ts'
import { type RecentOutcomes, sumOf } from '../health/recent-outcomes.ts'
import { type Attention, readAttention } from './attention.ts'
import { type RoomFigures, readRoomFigures } from './room-figures.ts'

/** A sale as its organiser sees it. */
export type Sale = RoomFigures & { origins: OriginState[]; recent: RecentOutcomes; attention: Attention }

/** Reads a sale; undefined where Redis has no such room: it is not published, or is being built. */
export type ReadSale = (room: string) => Promise<Sale | undefined>

/**
 * Reads sales for organisers, who look every second. What Redis knows is read each time; what is counted in MySQL
 * serves everyone who looks for `keepMs`.
 *
 * @param roomsMax - how many rooms' counts are kept
 */
export function createSaleReader(options: {
  db: Database
  redis: Redis
  now: Clock
  keepMs: number
  roomsMax: number
}): ReadSale {
  const { db, redis, now, keepMs, roomsMax } = options
  const kept = new Map<string, { until: number; attention: Promise<Attention> }>()

  function attentionOf(room: string): Promise<Attention> {
    const known = kept.get(room)
    if (known !== undefined && known.until > now()) return known.attention
    if (kept.size >= roomsMax) kept.clear()
    const attention = readAttention(db, now, room)
    const entry = { until: now() + keepMs, attention }
    kept.set(room, entry)
    attention.catch(() => kept.delete(room))
    return attention
  }

  return async (room) => {
    const [figures, origins, attention] = await Promise.all([
      readRoomFigures(redis, room),
      readOrigins(redis),
      attentionOf(room),
    ])
    if (figures === undefined) return undefined
    const recent = sumOf(origins.flatMap(({ said }) => said?.recent[room] ?? []))
    return { ...figures, origins, recent, attention }
  }
}
