import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'

export type LivePass = {
  passId: string
  expiresAt: Date
  /** The room's epoch in which it was claimed; undefined for a pass issued by an older version of Naru. */
  epoch: number | undefined
}

/** The live pass of an account, on whatever device it was claimed; undefined where there is none. */
export async function findPass(
  redis: Redis,
  now: Clock,
  { room, account }: { room: string; account: string },
): Promise<LivePass | undefined> {
  const { passes, pass } = roomKeys(room)
  const [score, stored] = await Promise.all([redis.zscore(passes, account), redis.hget(pass, account)])
  const expiresAt = new Date(Number(score ?? 0))
  if (stored === null || expiresAt.getTime() <= now()) return undefined
  const { id, epoch } = JSON.parse(stored) as { id: string; epoch?: string }
  return { passId: id, expiresAt, epoch: epoch === undefined ? undefined : Number(epoch) }
}
