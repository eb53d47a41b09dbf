import type { EndableSession } from '../tokens/endable-session.ts'
import type { Redis } from './client.ts'
import { endedSessionKey, sessionEndKey } from './keys.ts'

/** Whether a session was revoked before it expires: signed out here or everywhere, or the password was changed. */
export async function isSessionEnded(
  redis: Redis,
  { account, id, issuedSeconds }: EndableSession,
): Promise<boolean> {
  const keys = [sessionEndKey(account), ...(id === undefined ? [] : [endedSessionKey(account, id)])]
  const [fromSeconds, ended] = await redis.mget(...keys)
  return issuedSeconds < Number(fromSeconds ?? 0) || (ended ?? null) !== null
}
