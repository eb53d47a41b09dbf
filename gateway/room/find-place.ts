import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

export type FindPlaceResult =
  | { status: 'found'; index: number; epoch: number }
  | { status: 'none' }
  | { status: 'absent' }

/** Finds the place that an account is bound to in an epoch of the room, on whatever device it was bound. */
export async function findPlace(
  redis: Redis,
  { room, epoch }: { room: string; epoch: number },
  account: string,
): Promise<FindPlaceResult> {
  const keys = roomKeys(room)
  const [status, index] = await redis.roomPlace(keys.settings, keys.accounts, account, epoch)
  if (status === 'found') return { status, index: Number(index), epoch }
  return { status: status === 'none' ? status : 'absent' }
}
