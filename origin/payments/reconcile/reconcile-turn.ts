import type { Redis } from '../../../shared/redis/client.ts'
import { RECONCILE_TURN_KEY } from '../../../shared/redis/keys.ts'

/**
 * Whether this origin is the one to reconcile now, so that the provider is asked by one of them. Two at once would do no
 * harm, nor does a turn that is cut short: the next one finds the same.
 *
 * @param everyMs - how often any origin should
 */
export async function takeReconcileTurn(redis: Redis, origin: string, everyMs: number): Promise<boolean> {
  return (await redis.set(RECONCILE_TURN_KEY, origin, 'PX', everyMs, 'NX')) === 'OK'
}
