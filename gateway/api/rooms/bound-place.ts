import { Problem } from '../../../shared/api/problem.ts'
import type { FindPlaceResult } from '../../room/find-place.ts'
import type { PlaceInEpoch } from '../../room/restore.ts'
import type { RoomState } from '../../room/room-state.ts'
import { roomAbsent } from './rooms.ts'

export type FindPlace = (
  state: Pick<RoomState, 'room' | 'epoch'>,
  account: string,
) => Promise<FindPlaceResult>

/** The place that an account is bound to; throws when there is none. */
export async function requireBoundPlace(
  findPlace: FindPlace,
  state: Pick<RoomState, 'room' | 'epoch'>,
  account: string,
): Promise<PlaceInEpoch> {
  const found = await findPlace(state, account)
  if (found.status === 'absent') throw roomAbsent()
  if (found.status === 'none') throw new Problem('place-missing', 'Enter the room for a place')
  return { index: found.index, epoch: found.epoch }
}

/** The account is bound to another place, of this index, whose position is unknown before the draw. */
export function placeBound(index: number, position: number | undefined): Problem {
  return new Problem('place-bound', 'Go on with that place, or leave it first', {
    members: { index, ...(position === undefined ? {} : { position }) },
  })
}

/** Does not reveal that account. */
export function placeOfAnother(): Problem {
  return new Problem('place-of-another-account', 'Sign in with that account to go on')
}
