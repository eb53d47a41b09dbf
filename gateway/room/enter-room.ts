import type { Redis } from 'ioredis'
import { roomKeys } from '../../shared/redis/keys.ts'

export type EnterResult =
  | { status: 'entered'; index: number; at: Date }
  | { status: 'shut'; phase: string }
  | { status: 'full' }
  | { status: 'absent' }

/**
 * Appends an entry to the room's log; its offset is the index. The same entry key gives the same index for
 * `rememberSeconds`, so that an entry whose answer was lost can be repeated.
 *
 * @param entryKey - 16 random bytes chosen by the client, which the draw makes its seed of
 */
export async function enterRoom(
  deps: { redis: Redis; rememberSeconds: number },
  room: string,
  entryKey: Buffer,
): Promise<EnterResult> {
  const keys = roomKeys(room)
  const [status, first, second] = await deps.redis.roomEnter(
    keys.settings,
    keys.entries,
    keys.entry(entryKey.toString('base64url')),
    entryKey,
    deps.rememberSeconds,
  )
  switch (status) {
    case 'entered':
    case 'known':
      return { status: 'entered', index: Number(first), at: new Date(Number(second)) }
    case 'shut':
      return { status, phase: String(first) }
    case 'full':
      return { status }
    default:
      return { status: 'absent' }
  }
}
