import type { Redis } from '../../shared/redis/client.ts'
import { isRedisAway } from '../../shared/redis/client.ts'
import { sessionEndKey } from '../../shared/redis/keys.ts'

/**
 * Whether an account's session was ended before its time, as the origin has told Redis. Without Redis the token's own
 * word counts: nothing that takes a session here then works, and the origin asks MySQL.
 *
 * @param issuedSeconds - the session's `iat`
 */
export async function isSessionOver(redis: Redis, account: string, issuedSeconds: number): Promise<boolean> {
  try {
    return issuedSeconds < Number((await redis.get(sessionEndKey(account))) ?? 0)
  } catch (error) {
    if (isRedisAway(error)) return false
    throw error
  }
}
