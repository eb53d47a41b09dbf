import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { entryBytes } from './entry.ts'
import type { RestoredPlace } from './restore.ts'

export type ReturnedPlace = RestoredPlace & {
  /** Undefined before the draw. */
  position: number | undefined
  /** It was not restored in time. */
  isLost: boolean
}

export type ReturnResult =
  | { status: 'theirs' }
  /** Another entry had the index first, or its pass was claimed; the fan has this index instead. */
  | { status: 'moved'; index: number }
  /** `lost`: the room has become smaller. */
  | { status: 'lost' | 'absent' }

/**
 * Determines, after a room was restored, the owner of a place whose token is of an earlier epoch or may have been
 * moved.
 */
export async function returnPlace(
  redis: Redis,
  { room, epoch }: { room: string; epoch: number },
  place: ReturnedPlace,
): Promise<ReturnResult> {
  const keys = roomKeys(room)
  const [status, index] = await redis.roomReturn(
    ...([keys.settings, keys.entries, keys.admission, keys.claimed] as const),
    ...([keys.accounts, keys.participants, keys.chances, keys.bindings] as const),
    ...([keys.moved, keys.seconds] as const),
    ...([epoch, place.index, place.position ?? '', entryBytes(place.entry)] as const),
    ...([place.enteredSeconds ?? 0, place.account ?? ''] as const),
    ...([place.takesPart === true ? 1 : 0, place.isLost ? 1 : 0] as const),
  )
  if (status === 'moved') return { status, index: Number(index) }
  return { status: status === 'theirs' || status === 'lost' ? status : 'absent' }
}
