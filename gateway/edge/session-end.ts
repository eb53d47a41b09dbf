import type { Redis } from '../../shared/redis/client.ts'
import { isSessionEnded } from '../../shared/redis/session-ends.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'
import type { EndableSession } from '../../shared/tokens/endable-session.ts'

/**
 * Whether a session was ended early, as the origin recorded in Redis. Without Redis the token alone counts: nothing
 * that takes a session here works then, and the origin reads MySQL.
 */
export async function isSessionOver(redis: Redis, session: EndableSession): Promise<boolean> {
  try {
    return await isSessionEnded(redis, session)
  } catch (error) {
    if (isRedisUnavailable(error)) return false
    throw error
  }
}
