import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'

export type ReleaseHoldResult = { status: 'released' | 'missing' | 'paying' | 'room-absent' }

/** Gives the units of a pass' hold back, unless they are being paid for. */
export async function releaseHold(
  redis: Redis,
  input: { room: string; passId: string },
): Promise<ReleaseHoldResult> {
  const keys = roomKeys(input.room)
  const [status] = await redis.holdRelease(
    keys.settings,
    keys.stock,
    keys.counts,
    keys.holds,
    keys.hold,
    keys.holdUntil(input.passId),
    input.passId,
  )
  return {
    status: status === 'released' || status === 'missing' || status === 'paying' ? status : 'room-absent',
  }
}
