import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { DrawVersion } from './entry.ts'

export type EnterResult =
  | { status: 'entered'; index: number; epoch: number; at: Date }
  | { status: 'shut'; phase: string }
  | { status: 'full' }
  /** The network has its share of the room's places. */
  | { status: 'crowded'; limit: number }
  /** The entry was in the draw: it is no way to its place any more. */
  | { status: 'drawn' }
  | { status: 'limited'; retryAfterSeconds: number }
  | { status: 'absent' }

/** Who enters, as far as the room asks. */
export type Entrant = {
  /** What the room's limits per network count the entry under; undefined: none of them is for it. */
  network?: string | undefined
  /** What the entry was made for; a room that draws otherwise by now is absent. Undefined for whichever. */
  drawVersion?: DrawVersion
  /** In which the room is known here; undefined for whichever it is. */
  epoch?: number
}

/** How long the same entry gives the same place. */
export const ENTRY_REMEMBER_SECONDS = 600

/**
 * Appends an entry to the room's log; its offset is the index. The same entry gives the same index for
 * `rememberSeconds`, so that an entry whose answer was lost can be repeated; once the draw is made, an entry that was in
 * it gives nothing any more.
 *
 * @param entry - the 16 bytes that stand for it in the log (`loggedEntry`)
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
