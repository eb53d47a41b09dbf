import type { Redis } from '../../../shared/redis/client.ts'
import { RECONCILE_TURN_KEY } from '../../../shared/redis/keys.ts'

/**
 * Whether this origin is the one to reconcile now, so that only one of them queries the provider. Two concurrent runs
 * would do no harm, nor does a run that is cut short: the next one finds the same.
 *
 * @param everyMs - how often one of the origins should
 */
export async function takeReconcileTurn(redis: Redis, origin: string, everyMs: number): Promise<boolean> {
  return (await redis.set(RECONCILE_TURN_KEY, origin, 'PX', everyMs, 'NX')) === 'OK'
}
