import type { Redis } from 'ioredis'
import { v7 as uuidv7 } from 'uuid'
import { roomKeys } from '../../shared/redis/keys.ts'

export type ClaimResult =
  | { status: 'pass'; passId: string; expiresAt: Date }
  | { status: 'waiting'; serving: number }
  /** Called, and no slot is free; the turn is kept while the fan keeps asking. */
  | { status: 'kept'; turnEndsAt: Date }
  /** `other`: the account has a live pass from another place. */
  | { status: 'missed' | 'used' | 'other' }
  | { status: 'shut'; phase: string }
  | { status: 'absent' }

/**
 * Gives a called fan a pass, if a slot is free. Claiming again while the pass lives gives the same pass.
 */
export async function claimPass(
  redis: Redis,
  input: { room: string; position: number; account: string },
): Promise<ClaimResult> {
  const keys = roomKeys(input.room)
  const [status, first, second] = await redis.roomClaim(
    keys.settings,
    keys.admission,
    keys.calls,
    keys.unresolved,
    keys.claimed,
    keys.turns,
    keys.turnEnds,
    keys.passes,
    keys.pass,
    input.position,
    input.account,
    uuidv7(),
  )
  switch (status) {
    case 'pass':
      return { status, passId: String(first), expiresAt: new Date(Number(second)) }
    case 'waiting':
      return { status, serving: Number(first) }
    case 'kept':
      return { status, turnEndsAt: new Date(Number(first)) }
    case 'missed':
    case 'used':
    case 'other':
      return { status }
    case 'shut':
      return { status, phase: String(first) }
    default:
      return { status: 'absent' }
  }
}
