import type { Redis } from '../../shared/redis/client.ts'
import { isSessionEnded } from '../../shared/redis/session-ends.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'
import type { EndableSession } from '../../shared/tokens/endable-session.ts'

/**
 * Whether a session was ended before its time, as the origin has told Redis. Without Redis the token's own word counts:
 * nothing that takes a session here then works, and the origin asks MySQL.
 */
export async function isSessionOver(redis: Redis, session: EndableSession): Promise<boolean> {
  try {
    return await isSessionEnded(redis, session)
  } catch (error) {
    if (isRedisUnavailable(error)) return false
    throw error
  }
}
