import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Whether a place was used for a pass or left: it can no longer be used. */
export async function isPlaceUsed(redis: Redis, room: string, position: number): Promise<boolean> {
  return (await redis.getbit(roomKeys(room).claimed, position)) === 1
}
