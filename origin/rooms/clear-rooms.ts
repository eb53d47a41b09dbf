import { and, eq, lte } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { rooms } from '../../drizzle/schema/catalogue.ts'
import { nodesOf, type Redis } from '../../shared/redis/client.ts'
import { CLEAR_TURN_KEY, roomKeys, roomOfKey } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

/** This long after a room was archived no origin has a worker there any more: each reads MySQL every second. */
const CLEAR_AFTER_MS = 60_000
/** Longer than a scan through all keys takes. */
const TURN_MS = 60_000
/** Rooms cleared in one scan through the keys. */
const ROOMS_MAX = 100
const KEYS_PER_SCAN = 1000
/** Enough for a hundred million keys; the next turn starts again. */
const SCANS_MAX = 100_000
const KEYS_PER_COMMAND = 500

/**
 * Deletes all keys of rooms that have left Redis: archived ones, and those that were unpublished. Scans the keys once
 * for all of them, and only when there are any. Safe to repeat, and to stop at any point.
 *
 * @returns how many rooms have no keys left in Redis now
 */
export async function clearLeftRooms(deps: {
  db: Database
  redis: Redis
  now: Clock
  origin: string
  clearAfterMs?: number
}): Promise<number> {
  const { db, redis, now, origin, clearAfterMs = CLEAR_AFTER_MS } = deps
  const due = await db
    .select({ id: rooms.id, leftRedisAt: rooms.leftRedisAt })
    .from(rooms)
    .where(lte(rooms.leftRedisAt, new Date(now() - clearAfterMs)))
    .limit(ROOMS_MAX)
  if (due.length === 0) return 0
  if ((await redis.set(CLEAR_TURN_KEY, origin, 'PX', TURN_MS, 'NX')) !== 'OK') return 0
  let cleared = 0
  try {
    const keysOf = await findKeys(redis, new Set(due.map(({ id }) => id)))
    for (const { id, leftRedisAt } of due) {
      if (leftRedisAt === null || !(await clearRoom(redis, id, keysOf.get(id) ?? []))) continue
      await db
        .update(rooms)
        .set({ leftRedisAt: null })
        .where(and(eq(rooms.id, id), eq(rooms.leftRedisAt, leftRedisAt)))
      cleared += 1
    }
  } finally {
    await redis.del(CLEAR_TURN_KEY)
  }
  return cleared
}

/** A scan covers the keys of one server. */
async function findKeys(redis: Redis, wanted: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const server of nodesOf(redis)) {
    let cursor = '0'
    for (let scans = 0; scans < SCANS_MAX; scans += 1) {
      const [next, keys] = await server.scan(cursor, 'MATCH', 'room:{*', 'COUNT', KEYS_PER_SCAN)
      for (const name of keys) {
        const room = roomOfKey(name)
        if (room === undefined || !wanted.has(room)) continue
        const names = found.get(room) ?? []
        names.push(name)
        found.set(room, names)
      }
      if (next === '0') break
      cursor = next
    }
  }
  return found
}

/** True when it has no keys left, or is in Redis again and keeps its keys. */
async function clearRoom(redis: Redis, room: string, names: readonly string[]): Promise<boolean> {
  const { settings, rebuild } = roomKeys(room)
  for (let from = 0; from === 0 || from < names.length; from += KEYS_PER_COMMAND) {
    const some = names.slice(from, from + KEYS_PER_COMMAND)
    const [status] = await redis.roomClear(settings, rebuild, ...some)
    if (status === 'known') return true
    if (status !== 'cleared') return false
  }
  return true
}
