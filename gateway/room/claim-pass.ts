import { v7 as uuidv7 } from 'uuid'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { entryBytes } from './entry.ts'
import type { LivePass } from './find-pass.ts'
import { decideBesidePrevious, type Positions } from './previous-place.ts'

export type ClaimResult =
  | ({ status: 'pass' } & LivePass)
  | { status: 'waiting'; serving: number }
  /** The place was called, but no slot is free; the turn is reserved while the fan keeps retrying. */
  | { status: 'retained'; turnEndsAt: Date }
  /** `other`: the account has a live pass from another place. */
  | { status: 'missed' | 'used' | 'other' }
  /** The place is bound to another account. */
  | { status: 'other-account' }
  /** Another entry had this index first; the fan's place has moved. */
  | { status: 'moved' }
  /** The account waits at the place of this index, which is not over. */
  | { status: 'elsewhere'; index: number }
  | { status: 'shut'; phase: string }
  | { status: 'absent' }

/**
 * Gives a called fan a pass if a slot is free, and binds the place to the account. Claiming again while the pass is
 * live returns the same pass.
 */
export async function claimPass(
  redis: Redis,
  input: {
    room: string
    epoch?: number
    index: number
    position: number
    account: string
    /** The log's content at the index, according to the place's token. */
    entry?: string | undefined
  },
  positions: Positions,
): Promise<ClaimResult> {
  const keys = roomKeys(input.room)
  const passId = uuidv7()
  const [status, first, second, epoch] = await decideBesidePrevious(positions, (previous) =>
    redis.roomClaim(
      keys.settings,
      keys.admission,
      keys.calls,
      keys.unresolved,
      keys.claimed,
      keys.turns,
      keys.turnEnds,
      keys.passes,
      keys.pass,
      keys.accounts,
      keys.chances,
      keys.bindings,
      keys.entries,
      input.index,
      input.position,
      input.account,
      passId,
      previous.index,
      previous.position,
      input.epoch ?? '',
      entryBytes(input.entry),
    ),
  )
  switch (status) {
    case 'pass':
      return { status, passId: String(first), expiresAt: new Date(Number(second)), epoch: Number(epoch) }
    case 'waiting':
      return { status, serving: Number(first) }
    case 'retained':
      return { status, turnEndsAt: new Date(Number(first)) }
    case 'missed':
    case 'used':
    case 'other':
    case 'other-account':
    case 'moved':
      return { status }
    case 'elsewhere':
      return { status, index: Number(first) }
    case 'shut':
      return { status, phase: String(first) }
    default:
      return { status: 'absent' }
  }
}
