import type { Context } from 'hono'
import { readPlaceRoute } from '../../../shared/api/places.ts'
import { readOwnCookie } from '../../../shared/http/cookies.ts'
import { placeCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from '../../api/auth/credentials.ts'
import { forgetPlace } from '../../api/auth/forget-place.ts'
import type { Api, ApiAnswer } from '../../api/page-api.ts'
import type { Fan } from '../../api/rooms/fan-status.ts'
import { placeOf, type ReadTurn } from '../../api/rooms/place.ts'
import type { RoomState } from '../../room/room-state.ts'
import type { PlaceStatus } from './room-view.ts'

export type VisitorsPlaceDeps = {
  verifiers: GatewayVerifiers
  api: Api
  isPlaceUsed: (room: string, position: number) => Promise<boolean>
  readTurn: ReadTurn
}

/**
 * The state of a visitor's place. `lost`: it could not be returned to the room; `missed`: its turn has passed;
 * `isMoved`: it has been replaced by another.
 */
export type VisitorsPlace =
  | { status: 'none' | 'lost' | 'missed' }
  | { status: 'held'; placeStatus: PlaceStatus; isMoved?: boolean }

type AskedPlace = PlaceStatus & { called: boolean; movedFrom?: number | undefined }

/** The place of the visitor who requests a page; clears the cookie of one that is no longer valid. */
export async function visitorsPlace(
  deps: VisitorsPlaceDeps,
  c: Context,
  { state, fan }: { state: RoomState; fan: Fan },
): Promise<VisitorsPlace> {
  const { room } = state
  const token = readOwnCookie(c, placeCookie(room))
  if (token === undefined) {
    // An admitted fan has nothing to wait for.
    const admitted = fan.status === 'admitted' || fan.status === 'elsewhere'
    return admitted ? { status: 'none' } : await placeOfAccount(deps, c, room)
  }
  const place = deps.verifiers.place(token)
  if (place.status !== 'valid' || place.claims.aud !== room) return { status: 'none' }
  const admitted = fan.status === 'admitted'
  const placeStatus = placeOf(state, place.claims.index, '')
  if (place.claims.epoch < state.epoch || state.moved > 0)
    return await placeFoundAgain(deps, c, { room, placeStatus, admitted })
  if (admitted) return { status: 'held', placeStatus }
  if (await isUsed(deps, room, placeStatus)) {
    forgetPlace(c, room)
    return { status: 'none' }
  }
  return await inTurn(deps, c, state, placeStatus)
}

/** A called place with the end of its turn; one whose turn has passed is cleared. */
async function inTurn(
  deps: VisitorsPlaceDeps,
  c: Context,
  { room }: RoomState,
  placeStatus: AskedPlace,
): Promise<VisitorsPlace> {
  if (!placeStatus.called || placeStatus.position === undefined) return { status: 'held', placeStatus }
  const turn = await deps.readTurn(room, placeStatus.position)
  if (turn.status === 'over') {
    forgetPlace(c, room)
    return { status: 'missed' }
  }
  const turnEndsAt = turn.status === 'open' ? turn.endsAt.toISOString() : undefined
  return { status: 'held', placeStatus: { ...placeStatus, turnEndsAt } }
}

/** Redis has lost the room since: reading the place returns it to the room, or reports that it was lost or moved. */
async function placeFoundAgain(
  deps: VisitorsPlaceDeps,
  c: Context,
  { room, placeStatus, admitted }: { room: string; placeStatus: PlaceStatus; admitted: boolean },
): Promise<VisitorsPlace> {
  const answer = await askPlace(deps.api, c, room)
  if (answer.ok && (admitted || !(await isUsed(deps, room, answer.body)))) return storePlace(c, answer)
  if (!answer.ok && answer.problem.code !== 'place-lost') return { status: 'held', placeStatus }
  forgetPlace(c, room)
  return { status: answer.ok ? 'none' : 'lost' }
}

/** The waiting or called place of the account that is signed in, on a device without a place. */
async function placeOfAccount(deps: VisitorsPlaceDeps, c: Context, room: string): Promise<VisitorsPlace> {
  const session = sessionOf(deps.verifiers, readOwnCookie(c, SESSION_COOKIE))
  if (session === undefined) return { status: 'none' }
  const answer = await askPlace(deps.api, c, room)
  if (!answer.ok || (await isUsed(deps, room, answer.body))) return { status: 'none' }
  return storePlace(c, answer)
}

/** Only a called place can be used. */
async function isUsed(deps: VisitorsPlaceDeps, room: string, { position, called }: AskedPlace) {
  return called && position !== undefined && (await deps.isPlaceUsed(room, position))
}

function askPlace(api: Api, c: Context, room: string): Promise<ApiAnswer<AskedPlace>> {
  return api(c, readPlaceRoute, { params: { room } })
}

/** The token stays in its cookie and out of the page, which others may see. */
function storePlace(c: Context, answer: Extract<ApiAnswer<AskedPlace>, { ok: true }>): VisitorsPlace {
  for (const cookie of answer.cookies) c.header('set-cookie', cookie, { append: true })
  const { index, position, turnEndsAt, movedFrom } = answer.body
  return { status: 'held', placeStatus: { index, position, turnEndsAt }, isMoved: movedFrom !== undefined }
}
