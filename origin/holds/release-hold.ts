import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { NamedHold } from './hold.ts'

export type ReleaseHoldResult = {
  status: 'released' | 'missing' | 'paying' | 'room-restored' | 'room-absent'
}

/** Releases the units of a pass' hold, unless they are being paid for. */
export async function releaseHold(redis: Redis, input: NamedHold): Promise<ReleaseHoldResult> {
  const keys = roomKeys(input.room)
  const [status] = await redis.holdRelease(
    keys.settings,
    keys.stock,
    keys.counts,
    keys.holds,
    keys.hold,
    keys.holdUntil(input.passId),
    input.passId,
    input.epoch ?? '',
  )
  if (status === 'restored') return { status: 'room-restored' }
  return {
    status: status === 'released' || status === 'missing' || status === 'paying' ? status : 'room-absent',
  }
}
