import type { Context } from 'hono'
import { readOwnCookie } from '../../shared/http/cookies.ts'
import { placeCookie } from '../../shared/tokens/cookies.ts'
import { positionOf } from '../room/draw.ts'
import type { Snapshots } from '../room/snapshot.ts'
import type { GatewayVerifiers } from './credentials.ts'
import type { ReadTurn } from './place.ts'

export type TurnOfNextDeps = {
  snapshots: Pick<Snapshots, 'of'>
  verifiers: Pick<GatewayVerifiers, 'place'>
  readTurn: ReadTurn
}

const ROOM = /^\/festivals\/([\w-]{1,100})\/room$/

/** When the turn ends of a fan who has been called to the room that they go on to, and has to sign in before. */
export async function turnOfNext(
  { snapshots, verifiers, readTurn }: TurnOfNextDeps,
  c: Context,
  next: string,
): Promise<string | undefined> {
  const room = ROOM.exec(next)?.[1] ?? ''
  const state = snapshots.of(room)?.state
  const place = verifiers.place(readOwnCookie(c, placeCookie(room)) ?? '')
  if (state === undefined || place.status !== 'valid' || place.claims.aud !== room) return undefined
  const position = positionOf(place.claims.index, state.draw)
  if (place.claims.epoch < state.epoch || position === undefined || position > state.serving) return undefined
  const turn = await readTurn(room, position)
  return turn.status === 'open' ? turn.endsAt.toISOString() : undefined
}
