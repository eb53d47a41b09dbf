import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/**
 * How many units of these ticket types an account holds, pays for or has bought in a room. During a rush, MySQL is
 * queried only for accounts that have some.
 */
export async function countUnits(
  redis: Redis,
  { room, account, ticketTypes }: { room: string; account: string; ticketTypes: readonly number[] },
): Promise<number> {
  if (ticketTypes.length === 0) return 0
  const counts = await redis.hmget(roomKeys(room).counts, ...ticketTypes.map((type) => `${account}:${type}`))
  return counts.reduce((sum, count) => sum + Number(count ?? 0), 0)
}
