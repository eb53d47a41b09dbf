import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

/** Whether somebody went in with a place, or gave it up: nothing comes of it any more. */
export async function isPlaceUsed(redis: Redis, room: string, position: number): Promise<boolean> {
  return (await redis.getbit(roomKeys(room).claimed, position)) === 1
}
