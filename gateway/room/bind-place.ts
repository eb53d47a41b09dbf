import { NO_PART_REASONS } from '../../shared/api/places.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { entryBytes } from './entry.ts'
import { decideBesidePrevious, type Positions } from './previous-place.ts'

type NoPartReason = (typeof NO_PART_REASONS)[number]

/** Whether a place takes part in its room's draw; undefined where an account's places cannot take part. */
export type Participation = true | { reason: NoPartReason } | undefined

/**
 * Proof that an account belongs to a person, and the hashes under which the room's limits count its chance; '' for
 * none.
 */
export type CountedProof = { network: string; domain: string }

export type BindResult =
  | { status: 'bound'; participates: Participation }
  /** The account waits at the place of this index, which it bound first and which is not over. */
  | { status: 'elsewhere'; index: number }
  /** `other-account`: the place is bound to another account. `unknown`: the room has issued no such place. */
  | { status: 'other-account' | 'unknown' | 'absent' }
  /** Another entry had this index first; the fan's place has moved. */
  | { status: 'moved' }

/**
 * Binds a place to an account, so that it follows the account to another device; binding it again changes nothing. The
 * account's previous place must be over: left, missed, or used and its pass ended. Before the opening, the place of a
 * proven account takes part in the draw.
 *
 * @param input.proof - undefined for an account that is not proven
 */
export async function bindPlace(
  redis: Redis,
  input: {
    room: string
    epoch?: number
    index: number
    account: string
    proof?: CountedProof | undefined
    /** The log's content at the index, according to the place's token. */
    entry?: string | undefined
  },
  positions: Positions,
): Promise<BindResult> {
  const keys = roomKeys(input.room)
  const [status, told] = await decideBesidePrevious(positions, (previous) =>
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
      keys.participants,
      keys.chances,
      keys.bindings,
      input.index,
      input.account,
      previous.index,
      previous.position,
      input.epoch ?? '',
      input.proof === undefined ? 0 : 1,
      input.proof?.network ?? '',
      input.proof?.domain ?? '',
      entryBytes(input.entry),
    ),
  )
  switch (status) {
    case 'elsewhere':
      return { status, index: Number(told) }
    case 'bound':
      return { status, participates: readParticipation(String(told)) }
    case 'other-account':
    case 'unknown':
    case 'moved':
      return { status }
    default:
      return { status: 'absent' }
  }
}

function readParticipation(told: string): Participation {
  if (told === 'yes') return true
  const reason = NO_PART_REASONS.find((each) => each === told)
  return reason === undefined ? undefined : { reason }
}
