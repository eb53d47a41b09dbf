import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

export type LeaveRoomResult = { status: 'left' | 'used' | 'foreign' | 'absent' }

/**
 * Gives a place up: nobody waits for it any more. `used` says that there was nothing left to give up, `foreign` that
 * the place is bound to another account, which alone may leave it.
 *
 * @param input.account - who leaves, as far as that is known; undefined for who has only the place
 */
export async function leaveRoom(
  redis: Redis,
  input: { room: string; epoch?: number; index: number; position: number; account: string | undefined },
): Promise<LeaveRoomResult> {
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
    input.index,
    input.position,
    input.account ?? '',
    input.epoch ?? '',
  )
  return { status: status === 'left' || status === 'used' || status === 'foreign' ? status : 'absent' }
}

export type LeavePassResult = { status: 'left' | 'ended' | 'paying' | 'absent' }

/** Gives a pass and what it holds up, so that someone else may come in. Not while it is being paid for. */
export async function leavePass(
  redis: Redis,
  input: { room: string; account: string; passId: string },
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
  )
  return { status: status === 'left' || status === 'ended' || status === 'paying' ? status : 'absent' }
}
