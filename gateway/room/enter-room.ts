import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

export type EnterResult =
  | { status: 'entered'; index: number; epoch: number; at: Date }
  | { status: 'shut'; phase: string }
  | { status: 'full' }
  | { status: 'limited'; retryAfterSeconds: number }
  | { status: 'absent' }

/**
 * Appends an entry to the room's log; its offset is the index. The same entry key gives the same index for
 * `rememberSeconds`, so that an entry whose answer was lost can be repeated.
 *
 * @param entryKey - 16 random bytes chosen by the client, which the draw makes its seed of
 * @param network - what the room's limit per address counts the entry under; undefined: no such limit is for it
 */
export async function enterRoom(
  deps: { redis: Redis; rememberSeconds: number },
  room: string,
  entryKey: Buffer,
  network?: string,
): Promise<EnterResult> {
  const keys = roomKeys(room)
  const [status, first, second, epoch] = await deps.redis.roomEnter(
    keys.settings,
    keys.entries,
    keys.entry(entryKey.toString('base64url')),
    keys.address(network ?? ''),
    entryKey,
    deps.rememberSeconds,
    network === undefined ? 0 : 1,
  )
  switch (status) {
    case 'entered':
    case 'known':
      return { status: 'entered', index: Number(first), epoch: Number(epoch), at: new Date(Number(second)) }
    case 'shut':
      return { status, phase: String(first) }
    case 'full':
      return { status }
    case 'limited':
      return { status, retryAfterSeconds: Number(first) }
    default:
      return { status: 'absent' }
  }
}
