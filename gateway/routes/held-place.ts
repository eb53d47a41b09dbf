import { Problem } from '../../shared/problem.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import { type RestoredPlace, type RestoreResult, standingOf } from '../room/restore.ts'
import type { RoomState } from '../room/room-state.ts'
import { type GatewayVerifiers, requireClaims } from './credentials.ts'
import { roomRestoring } from './rooms.ts'

export type HeldPlaceDeps = {
  verifiers: GatewayVerifiers
  restorePlace: (room: string, epoch: number, place: RestoredPlace) => Promise<RestoreResult>
}

/** A place as its token says, and whether the room that it is in is still being restored. */
export type HeldPlace = { claims: TokenClaims<'place'>; restoring: boolean }

/**
 * The place of a token, which must still be its holder's. While the room is being restored, the place is given back to
 * it: whoever asks for anything with a place keeps it.
 */
export async function holdPlace(
  deps: HeldPlaceDeps,
  token: string | undefined,
  state: RoomState,
): Promise<HeldPlace> {
  const claims = requireClaims('place', deps.verifiers.place, token, state.room)
  const standing = standingOf(claims, state)
  if (standing === 'lost') throw new Problem('place-lost', 'Enter again for a new place')
  if (standing === 'good') return { claims, restoring: false }
  const restored = await deps.restorePlace(state.room, state.epoch, {
    index: claims.index,
    entry: entryOf(claims),
    account: claims.sub,
    takesPart: claims.chance === true,
  })
  // Over, while this gateway has not read yet what came back: a moment later it can tell.
  if (restored.status !== 'restored') throw roomRestoring()
  return { claims, restoring: true }
}

/** What the log held of a place's entry when its token was made. */
export function entryOf({ entry, key }: Pick<TokenClaims<'place'>, 'entry' | 'key'>): string | undefined {
  return entry ?? key
}

/** The place of a token in a room where things are done with it, which waits until it is restored. */
export async function requirePlace(
  deps: HeldPlaceDeps,
  token: string | undefined,
  state: RoomState,
): Promise<TokenClaims<'place'>> {
  const { claims, restoring } = await holdPlace(deps, token, state)
  if (restoring || state.phase === 'restoring') throw roomRestoring()
  return claims
}
