import { Problem } from '../../../shared/api/problem.ts'
import type { TokenClaims } from '../../../shared/tokens/kinds.ts'
import { positionOf } from '../../room/draw.ts'
import { placeStatusOf, type RestoredPlace, type RestoreResult } from '../../room/restore.ts'
import type { ReturnedPlace, ReturnResult } from '../../room/return-place.ts'
import type { RoomState } from '../../room/room-state.ts'
import { type GatewayVerifiers, requireClaims } from '../auth/credentials.ts'
import { roomAbsent, roomRestoring } from './rooms.ts'

export type HeldPlaceDeps = {
  verifiers: GatewayVerifiers
  restorePlace: (room: string, epoch: number, place: RestoredPlace) => Promise<RestoreResult>
  returnPlace: (state: Pick<RoomState, 'room' | 'epoch'>, place: ReturnedPlace) => Promise<ReturnResult>
}

/**
 * A place according to its token, and whether its room is still being restored. `movedTo`: another entry had its index
 * first, and the fan has this index instead.
 */
export type HeldPlace = { claims: TokenClaims<'place'>; restoring: boolean; movedTo?: number }

/**
 * The place of a token, which must still belong to its holder. While the room is being restored, any request with a
 * place returns that place to the room. Redis is not read for a place of this epoch, unless some were moved.
 */
export async function holdPlace(
  deps: HeldPlaceDeps,
  token: string | undefined,
  state: RoomState,
): Promise<HeldPlace> {
  const claims = requireClaims('place', deps.verifiers.place, token, state.room)
  const given = {
    ...{ index: claims.index, entry: entryOf(claims), enteredSeconds: claims.iat },
    ...{ account: claims.sub, takesPart: claims.chance === true },
  }
  if (claims.epoch < state.epoch && state.phase === 'restoring') {
    const restored = await deps.restorePlace(state.room, state.epoch, given)
    // Restoring has ended, but this gateway has not read the result yet: a retry a moment later succeeds.
    if (restored.status !== 'restored' || !restored.isTheirs) throw roomRestoring()
    return { claims, restoring: true }
  }
  const placeStatus = placeStatusOf(claims, state)
  if (placeStatus === 'restoring') throw roomRestoring()
  if (given.entry === undefined) {
    // Found by its account, on whatever device, when it had this index.
    if (placeStatus === 'lost') throw placeLost()
    return { claims, restoring: false }
  }
  if (claims.epoch >= state.epoch && state.moved === 0) return { claims, restoring: false }
  const position = positionOf(claims.index, state.draw)
  const returned = await deps.returnPlace(state, { ...given, position, isLost: placeStatus === 'lost' })
  switch (returned.status) {
    case 'theirs':
      return { claims, restoring: false }
    case 'moved':
      return { claims, restoring: false, movedTo: returned.index }
    case 'lost':
      throw placeLost()
    case 'absent':
      throw roomAbsent()
  }
}

function placeLost(): Problem {
  return new Problem('place-lost', 'Enter again for a new place')
}

/**
 * Another entry had the index first.
 *
 * @param entry - of the token; a token without one was issued for an account, which no longer owns the place
 */
export function placeMoved(entry: string | undefined): Problem {
  if (entry === undefined) return placeLost()
  return new Problem('place-moved', 'Ask where you stand, with the same place: the answer has the new one')
}

/** The log's content for the place's entry when its token was issued. */
export function entryOf({ entry, key }: Pick<TokenClaims<'place'>, 'entry' | 'key'>): string | undefined {
  return entry ?? key
}

/** The place of a token, for requests that change something: throws until the room is restored. */
export async function requirePlace(
  deps: HeldPlaceDeps,
  token: string | undefined,
  state: RoomState,
): Promise<TokenClaims<'place'>> {
  const { claims, restoring, movedTo } = await holdPlace(deps, token, state)
  if (restoring || state.phase === 'restoring') throw roomRestoring()
  if (movedTo !== undefined) throw placeMoved(entryOf(claims))
  return claims
}
