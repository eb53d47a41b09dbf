import type { Redis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../shared/redis/keys.ts'

/**
 * How much of the usual rate the origins can take, 0 to 1: the mean of those that have said so within `silentMs`;
 * 0 when none has.
 */
export async function readOriginHealth(
  redis: Redis,
  silentMs: number,
  originsKey: string = ORIGINS_KEY,
): Promise<number> {
  const [, health] = await redis.originHealth(originsKey, silentMs)
  return health / 1000
}
