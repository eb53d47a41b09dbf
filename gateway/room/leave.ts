import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { entryBytes } from './entry.ts'

/**
 * `drawing`: the draw is in progress, so the position is not known yet. `moved`: another entry had this index first,
 * and the fan's place has moved.
 */
export type LeaveRoomResult = { status: 'left' | 'used' | 'other-account' | 'moved' | 'drawing' | 'absent' }

export type LeftPlace = {
  room: string
  epoch?: number
  index: number
  position: number | undefined
  account: string | undefined
  /** The log's content at the index, according to the place's token. */
  entry?: string | undefined
}

/**
 * Leaves a place, which is then no longer waited for. `used`: there was nothing left to leave. `other-account`: the place is
 * bound to another account, and only that account may leave it.
 *
 * @param input.position - undefined before the draw; the place then takes no part in it and is skipped
 * @param input.account - the account that leaves, if known; undefined for a fan with only the place token
 */
export async function leaveRoom(redis: Redis, input: LeftPlace): Promise<LeaveRoomResult> {
  const keys = roomKeys(input.room)
  const [status] = await redis.roomLeave(
    keys.settings,
    keys.admission,
    keys.calls,
    keys.unresolved,
    keys.claimed,
    keys.turns,
    keys.turnEnds,
    keys.entries,
    keys.accounts,
    keys.participants,
    keys.chances,
    keys.bindings,
    input.index,
    input.position ?? '',
    input.account ?? '',
    input.epoch ?? '',
    entryBytes(input.entry),
  )
  const known = ['left', 'used', 'other-account', 'moved', 'drawing'] as const
  return { status: known.find((each) => each === status) ?? 'absent' }
}

export type LeavePassResult = { status: 'left' | 'ended' | 'paying' | 'absent' }

/**
 * Leaves a pass and releases what it holds, so that another fan can be admitted. Refused while a payment is in
 * progress; a pass of an earlier epoch has ended.
 */
export async function leavePass(
  redis: Redis,
  input: { room: string; account: string; passId: string; epoch?: number | undefined },
): Promise<LeavePassResult> {
  const keys = roomKeys(input.room)
  const [status] = await redis.passLeave(
    keys.settings,
    keys.passes,
    keys.pass,
    keys.stock,
    keys.counts,
    keys.holds,
    keys.hold,
    input.account,
    input.passId,
    input.epoch ?? '',
  )
  if (status === 'restored') return { status: 'ended' }
  return { status: status === 'left' || status === 'ended' || status === 'paying' ? status : 'absent' }
}
