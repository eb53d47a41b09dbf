import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { type OriginState, readOrigins } from '../health/beat.ts'
import { type RecentOutcomes, sumOf } from '../health/recent-outcomes.ts'
import { readArchivedFigures } from './archived-figures.ts'
import { type Attention, readAttention } from './attention.ts'
import { type RoomFigures, readRoomFigures } from './room-figures.ts'

/** A sale as its organiser sees it. */
export type Sale = RoomFigures & { origins: OriginState[]; recent: RecentOutcomes; attention: Attention }

/** Reads a sale; undefined where neither Redis nor the archive has such a room: it is not published, or is being built. */
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
  const attentionOf = keptFor((room) => readAttention(db, now, room))
  const archivedOf = keptFor((room) => readArchivedFigures(db, room))

  /** Reads for each room at most once in `keepMs`. */
  function keptFor<T>(read: (room: string) => Promise<T>): (room: string) => Promise<T> {
    const kept = new Map<string, { until: number; content: Promise<T> }>()
    return (room) => {
      const known = kept.get(room)
      if (known !== undefined && known.until > now()) return known.content
      if (kept.size >= roomsMax) kept.clear()
      const content = read(room)
      kept.set(room, { until: now() + keepMs, content })
      content.catch(() => kept.delete(room))
      return content
    }
  }

  return async (room) => {
    const [inRedis, origins, attention] = await Promise.all([
      readRoomFigures(redis, room),
      readOrigins(redis),
      attentionOf(room),
    ])
    const figures = inRedis ?? (await archivedOf(room))
    if (figures === undefined) return undefined
    const recent = sumOf(origins.flatMap(({ said }) => said?.recent[room] ?? []))
    return { ...figures, origins, recent, attention }
  }
}
