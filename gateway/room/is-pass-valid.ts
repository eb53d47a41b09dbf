import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** A pass as its token names it. */
export type NamedPass = { room: string; account: string; passId: string }

/** Whether a pass is still its account's: a token outlives its pass when an order is complete or the pass was left. */
export async function isPassValid(redis: Redis, { room, account, passId }: NamedPass): Promise<boolean> {
  const stored = await redis.hget(roomKeys(room).pass, account)
  return stored !== null && (JSON.parse(stored) as { id: string }).id === passId
}
