import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { type PlaceSchema, readPlaceRoute } from '../../../shared/api/places.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { placeCookie } from '../../../shared/tokens/cookies.ts'
import type { SignToken } from '../../../shared/tokens/sign.ts'
import type { PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import { hasTakenPart, positionOf } from '../../room/draw.ts'
import type { Turn } from '../../room/read-turn.ts'
import type { RoomState } from '../../room/room-state.ts'
import { placeAndSessionOf, requireClaims, requireSession, storeCookie } from '../auth/credentials.ts'
import { type FindPlace, requireBoundPlace } from './bound-place.ts'
import { entryOf, type HeldPlaceDeps, holdPlace } from './held-place.ts'
import { type Rooms, requireRoom } from './rooms.ts'

/** How long a place token is valid. */
export const PLACE_SECONDS = 172_800

export type PlaceRoutesDeps = Rooms &
  HeldPlaceDeps & {
    findPlace: FindPlace
    floors: Pick<PollFloors, 'place'>
    signPlace: SignToken<'place'>
    readTurn: ReadTurn
    placeSeconds: number
    now: Clock
  }

export type ReadTurn = (room: string, position: number) => Promise<Turn>

/** A fan's standing. */
export function createPlaceRoutes(deps: PlaceRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(readPlaceRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const { place, session } = placeAndSessionOf(c, room)
    const alone = place === undefined && session !== undefined
    c.header('cache-control', 'no-store')
    if (alone || c.req.valid('query').of === 'account') {
      const { sub } = requireSession(deps.verifiers, session)
      requirePollInterval(deps.floors.place, session ?? '')
      const bound = await requireBoundPlace(deps.findPlace, state, sub)
      const given = givePlace(c, deps, { state, ...bound, account: sub, at: new Date(deps.now()) })
      return c.json(await withTurn(room, given), 200)
    }
    requireClaims('place', deps.verifiers.place, place, room)
    requirePollInterval(deps.floors.place, place ?? '')
    // Without Redis, unless it lost the room: the token contains everything needed.
    const { claims, movedTo } = await holdPlace(deps, place, state)
    const { index, epoch } = claims
    if (movedTo !== undefined) {
      const given = { state, index: movedTo, epoch: state.epoch, entry: entryOf(claims) }
      const moved = givePlace(c, deps, { ...given, at: new Date(claims.iat * 1000), account: claims.sub })
      return c.json({ ...(await withTurn(room, moved)), movedFrom: index }, 200)
    }
    if (epoch >= state.epoch) return c.json(await withTurn(room, placeOf(state, index, place ?? '')), 200)
    // Validated for this epoch; the new token records that for the next.
    const at = new Date(claims.iat * 1000)
    const { sub: account, chance } = claims
    const given = { state, index, entry: entryOf(claims), epoch: state.epoch, at, account, chance }
    return c.json(await withTurn(room, givePlace(c, deps, given)), 200)
  })

  return app

  /** Reads nothing from Redis for a place that was not called. */
  async function withTurn(room: string, place: z.output<typeof PlaceSchema>) {
    if (!place.called || place.position === undefined) return place
    const turn = await deps.readTurn(room, place.position)
    return turn.status === 'open' ? { ...place, turnEndsAt: turn.endsAt.toISOString() } : place
  }
}

export type GivenPlace = {
  state: RoomState
  index: number
  epoch: number
  /** Its 16 bytes in the log in base64url, if known. */
  entry?: string | undefined
  /** The account that it is bound to. */
  account?: string | undefined
  /** Whether it takes part in the draw. */
  chance?: boolean | undefined
  at: Date
}

/** Gives this device a place: signs a token for it and sets it as a cookie. */
export function givePlace(
  c: Context,
  deps: { signPlace: SignToken<'place'>; placeSeconds: number },
  given: GivenPlace,
): z.output<typeof PlaceSchema> {
  const { state, index, epoch, entry, account, chance } = given
  const issuedAt = Math.floor(given.at.getTime() / 1000)
  const expires = issuedAt + deps.placeSeconds
  const claims = { aud: state.room, index, epoch, iat: issuedAt, exp: expires }
  const place = deps.signPlace({
    ...claims,
    ...(entry === undefined ? {} : { entry }),
    ...(account === undefined ? {} : { sub: account }),
    ...(chance === true ? { chance } : {}),
  })
  storeCookie(c, placeCookie(state.room), place, new Date(expires * 1000))
  return placeOf(state, index, place)
}

/** A place as its holder sees it. */
export function placeOf(state: RoomState, index: number, place: string): z.output<typeof PlaceSchema> {
  const position = positionOf(index, state.draw)
  if (position === undefined) return { index, called: false, place }
  const drawn = hasTakenPart(index, state.draw)
  return {
    index,
    position,
    called: position <= state.serving,
    ...(drawn === undefined ? {} : { drawn }),
    place,
  }
}
