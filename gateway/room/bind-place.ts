import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { decideBesideFormer, type Positions } from './former-place.ts'

export type BindResult =
  | { status: 'bound' }
  /** The account waits at the place of this index, the first it bound, which is not over. */
  | { status: 'elsewhere'; index: number }
  /** `foreign`: the place is bound to another account. `unknown`: the room has given no such place. */
  | { status: 'foreign' | 'unknown' | 'absent' }

/**
 * Binds a place to an account, so that it follows the account to another device; binding it again changes nothing.
 * The account's place before must be over: left, missed, or used and its pass ended.
 */
export async function bindPlace(
  redis: Redis,
  input: { room: string; epoch?: number; index: number; account: string },
  positions: Positions,
): Promise<BindResult> {
  const keys = roomKeys(input.room)
  const [status, index] = await decideBesideFormer(positions, (former) =>
    redis.roomBind(
      keys.settings,
      keys.entries,
      keys.accounts,
      keys.admission,
      keys.calls,
      keys.claimed,
      keys.turns,
      keys.turnEnds,
      keys.passes,
      input.index,
      input.account,
      former.index,
      former.position,
      input.epoch ?? '',
    ),
  )
  switch (status) {
    case 'elsewhere':
      return { status, index: Number(index) }
    case 'bound':
    case 'foreign':
    case 'unknown':
      return { status }
    default:
      return { status: 'absent' }
  }
}
