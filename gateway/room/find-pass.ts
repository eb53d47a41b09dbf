import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

export type LivePass = { passId: string; expiresAt: Date }

/** The live pass of an account, on whatever device it was claimed; undefined where there is none. */
export async function findPass(
  redis: Redis,
  now: Clock,
  { room, account }: { room: string; account: string },
): Promise<LivePass | undefined> {
  const { passes, pass } = roomKeys(room)
  const [score, kept] = await Promise.all([redis.zscore(passes, account), redis.hget(pass, account)])
  const expiresAt = new Date(Number(score ?? 0))
  if (kept === null || expiresAt.getTime() <= now()) return undefined
  const { id } = JSON.parse(kept) as { id: string }
  return { passId: id, expiresAt }
}
