import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { DrawVersion } from './entry.ts'

export type EnterResult =
  | { status: 'entered'; index: number; epoch: number; at: Date }
  | { status: 'shut'; phase: string }
  | { status: 'full' }
  /** The network has used its share of the room's places. */
  | { status: 'crowded'; limit: number }
  /** The entry was in the draw, so it no longer gives access to its place. */
  | { status: 'drawn' }
  | { status: 'limited'; retryAfterSeconds: number }
  | { status: 'absent' }

/** What the room's limits and draw need to know of the entry. */
export type Entrant = {
  /** The network that the room's limits count the entry under; undefined exempts it. */
  network?: string | undefined
  /**
   * The way of drawing that the entry was made for; a room that draws otherwise now returns `absent`. Undefined accepts
   * any.
   */
  drawVersion?: DrawVersion
  /** The epoch in which this process knows the room; undefined accepts any. */
  epoch?: number
}

/** How long a repeated entry returns the same place. */
export const ENTRY_REMEMBER_SECONDS = 600

/**
 * Appends an entry to the room's log; its offset is the index. The same entry returns the same index for
 * `rememberSeconds`, so that an entry whose response was lost can be repeated; once the draw is made, an entry that was
 * in it returns nothing.
 *
 * @param entry - its 16 bytes in the log (`loggedEntry`)
 */
export async function enterRoom(
  deps: { redis: Redis; rememberSeconds: number },
  room: string,
  entry: Buffer,
  { network, drawVersion, epoch: known }: Entrant = {},
): Promise<EnterResult> {
  const keys = roomKeys(room)
  const [status, first, second, epoch] = await deps.redis.roomEnter(
    keys.settings,
    keys.entries,
    keys.entry(entry.toString('base64url')),
    keys.address(network ?? ''),
    keys.admission,
    keys.chances,
    keys.moved,
    entry,
    deps.rememberSeconds,
    network === undefined ? 0 : 1,
    drawVersion ?? '',
    known ?? '',
  )
  switch (status) {
    case 'entered':
    case 'known':
      return { status: 'entered', index: Number(first), epoch: Number(epoch), at: new Date(Number(second)) }
    case 'shut':
      return { status, phase: String(first) }
    case 'full':
    case 'drawn':
      return { status }
    case 'crowded':
      return { status, limit: Number(first) }
    case 'limited':
      return { status, retryAfterSeconds: Number(first) }
    default:
      return { status: 'absent' }
  }
}
