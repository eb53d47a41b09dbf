import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'

/**
 * The share of the usual rate that the origins can take, 0 to 1: the mean of those with a heartbeat within `silentMs`;
 * 0 when there is none.
 */
export async function readOriginHealth(
  redis: Redis,
  silentMs: number,
  originsKey: string = ORIGINS_KEY,
): Promise<number> {
  const [, health] = await redis.originHealth(originsKey, silentMs)
  return health / 1000
}
