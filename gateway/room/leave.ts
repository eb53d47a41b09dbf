import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { entryBytes } from './entry.ts'

/**
 * `drawing`: the draw is being made, and nobody can tell yet where the place stands. `moved`: another entry had the index
 * first, and the place is another by now.
 */
export type LeaveRoomResult = { status: 'left' | 'used' | 'foreign' | 'moved' | 'drawing' | 'absent' }

export type LeftPlace = {
  room: string
  epoch?: number
  index: number
  position: number | undefined
  account: string | undefined
  /** What the place's token says that the log has at the index. */
  entry?: string | undefined
}

/**
 * Gives a place up: nobody waits for it any more. `used` says that there was nothing left to give up, `foreign` that
 * the place is bound to another account, which alone may leave it.
 *
 * @param input.position - undefined before the draw: then the place takes no part in it, and passes by itself
 * @param input.account - who leaves, as far as that is known; undefined for who has only the place
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
  const known = ['left', 'used', 'foreign', 'moved', 'drawing'] as const
  return { status: known.find((each) => each === status) ?? 'absent' }
}

export type LeavePassResult = { status: 'left' | 'ended' | 'paying' | 'absent' }

/** Gives a pass and what it holds up, so that someone else may come in. Not while it is being paid for; one of an epoch before has ended. */
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
