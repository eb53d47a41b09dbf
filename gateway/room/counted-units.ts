import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/**
 * How many units an account holds, pays for or has bought in a room, of these ticket types. In a rush only those who have
 * some are looked up in MySQL.
 */
export async function countUnits(
  redis: Redis,
  { room, account, ticketTypes }: { room: string; account: string; ticketTypes: readonly number[] },
): Promise<number> {
  if (ticketTypes.length === 0) return 0
  const counts = await redis.hmget(roomKeys(room).counts, ...ticketTypes.map((type) => `${account}:${type}`))
  return counts.reduce((sum, count) => sum + Number(count ?? 0), 0)
}
