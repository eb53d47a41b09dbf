import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Clock } from '../../shared/clock.ts'
import { matchesEtag } from '../../shared/http/etag.ts'
import {
  createOpenApiApp,
  jsonBody,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { passCookie, placeCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'
import type { Festivals } from '../festivals.ts'
import type { ClaimResult } from '../room/claim-pass.ts'
import { positionOf } from '../room/draw.ts'
import type { EnterResult } from '../room/enter-room.ts'
import type { RoomSnapshot, Snapshots } from '../room/snapshot.ts'
import { StatusSchema } from '../room/status.ts'
import { type GatewayVerifiers, requireClaims, requireSession, tokenOf } from './credentials.ts'

const params = z.object({ room: RoomIdSchema })

const EntrySchema = z
  .object({
    key: z
      .string()
      .regex(/^[A-Za-z0-9_-]{21}[AQgw]$/)
      .openapi({ description: '16 random bytes in base64url, chosen by the client; a retry sends the same' }),
  })
  .strict()
  .openapi('Entry')

const PlaceSchema = z
  .object({
    index: z.int().openapi({ description: 'How many entered before' }),
    position: z.int().optional().openapi({
      description: 'The place in calling order, from 0; there is none before the lots are drawn',
    }),
    called: z.boolean(),
    place: z
      .string()
      .openapi({ description: 'The place token: what claims the turn, on this device or another' }),
  })
  .openapi('Place')

const ClaimSchema = z
  .object({ place: z.string().max(2048).optional() })
  .strict()
  .openapi('Claim', { description: 'The place token, unless it is in the cookie' })

const PassSchema = z
  .object({
    pass: z.string().openapi({ description: 'A JWT; /.well-known/jwks.json has its key' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Pass')

const statusRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/status',
  summary: 'How the room stands: the same for everyone, to be polled',
  request: { params },
  responses: {
    200: jsonResponse(StatusSchema, 'The status'),
    304: { description: 'Unchanged since the ETag in If-None-Match' },
    ...problemResponses('not-found', 'unavailable'),
  },
})

const enterRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/entries',
  summary: 'Enter the room; needs no account',
  request: { params, body: jsonBody(EntrySchema) },
  responses: {
    201: jsonResponse(PlaceSchema, 'A place; entering again with the same key gives the same'),
    ...problemResponses(
      'not-found',
      'room-not-open',
      'sold-out',
      'invalid-input',
      'room-full',
      'unavailable',
    ),
  },
})

const placeRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/place',
  summary: 'Where I stand; to be asked once, the status says the rest',
  security: [{ place: [] }],
  request: { params },
  responses: {
    200: jsonResponse(PlaceSchema, 'The place'),
    ...problemResponses('not-found', 'token-missing', 'token-invalid', 'token-foreign', 'unavailable'),
  },
})

const claimRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/claims',
  summary: 'Claim my turn: a pass, once called',
  security: [{ session: [] }],
  request: { params, body: jsonBody(ClaimSchema) },
  responses: {
    201: jsonResponse(PassSchema, 'The pass; claiming again while it lives gives the same'),
    ...problemResponses(
      'not-found',
      'token-missing',
      'token-invalid',
      'token-foreign',
      'invalid-input',
      'unavailable',
    ),
    ...problemResponses(
      'not-called',
      'no-free-slot',
      'turn-missed',
      'place-used',
      'pass-held',
      'room-not-open',
    ),
  },
})

const FULL_RETRY_SECONDS = 30
const KEPT_RETRY_SECONDS = 1

export type RoomRoutesDeps = {
  festivals: Pick<Festivals, 'of'>
  snapshots: Pick<Snapshots, 'of'>
  enterRoom: (room: string, entryKey: Buffer) => Promise<EnterResult>
  claimPass: (input: { room: string; position: number; account: string }) => Promise<ClaimResult>
  verifiers: GatewayVerifiers
  signPlace: SignToken<'place'>
  signPass: SignToken<'pass'>
  placeSeconds: number
  now: Clock
}

export function createRoomRoutes(deps: RoomRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  // Described, but routed by hand: what everyone asks for all the time is bytes that are there already.
  app.openAPIRegistry.registerPath(statusRoute)
  app.get('/rooms/:room/status', (c) => {
    const { bytes } = requireRoom(c.req.param('room'))
    const headers = { etag: bytes.etag, 'cache-control': 'public, max-age=1' }
    const known = c.req.header('if-none-match')
    if (known !== undefined && matchesEtag(known, bytes.etag)) return c.body(null, 304, headers)
    return c.body(bytes.body, 200, { ...headers, 'content-type': 'application/json' })
  })

  app.openapi(enterRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { status } = requireRoom(room)
    if (status.phase === 'sold-out') throw new Problem('sold-out')
    const result = await deps.enterRoom(room, Buffer.from(c.req.valid('json').key, 'base64url'))
    if (result.status !== 'entered') throw refuseEntry(result)
    const issuedAt = Math.floor(result.at.getTime() / 1000)
    const expires = issuedAt + deps.placeSeconds
    const place = deps.signPlace({ aud: room, index: result.index, iat: issuedAt, exp: expires })
    keepCookie(c, placeCookie(room), place, new Date(expires * 1000))
    return c.json(shownPlace(room, result.index, place), 201)
  })

  app.openapi(placeRoute, (c) => {
    const { room } = c.req.valid('param')
    requireRoom(room)
    const token = tokenOf(c, placeCookie(room))
    const { index } = requireClaims('place', deps.verifiers.place, token, room)
    c.header('cache-control', 'no-store')
    return c.json(shownPlace(room, index, token ?? ''), 200)
  })

  app.openapi(claimRoute, async (c) => {
    const { room } = c.req.valid('param')
    const snapshot = requireRoom(room)
    const session = requireSession(deps.verifiers, tokenOf(c, SESSION_COOKIE))
    const token = c.req.valid('json').place ?? getCookie(c, placeCookie(room), 'host')
    const place = requireClaims('place', deps.verifiers.place, token, room)
    const position = positionOf(place.index, snapshot.state.draw)
    if (position === undefined) throw new Problem('not-called', 'The lots have not been drawn yet')
    const result = await deps.claimPass({ room, position, account: session.sub })
    if (result.status !== 'pass') throw refuseClaim(result, position)
    const { passId, expiresAt } = result
    const pass = deps.signPass({
      aud: room,
      sub: session.sub,
      jti: passId,
      iat: Math.floor(deps.now() / 1000),
      exp: expiresAt.getTime() / 1000,
    })
    keepCookie(c, passCookie(room), pass, expiresAt)
    return c.json({ pass, expiresAt: expiresAt.toISOString() }, 201)
  })

  function requireRoom(room: string): RoomSnapshot {
    const snapshot = deps.snapshots.of(room)
    if (snapshot !== undefined) return snapshot
    if (deps.festivals.of(room) === undefined) throw new Problem('not-found', 'There is no such room')
    throw roomAbsent()
  }

  function shownPlace(room: string, index: number, place: string) {
    const { state } = requireRoom(room)
    const position = positionOf(index, state.draw)
    if (position === undefined) return { index, called: false, place }
    return { index, position, called: position <= state.serving, place }
  }

  return app
}

/** Redis does not know the room: it was never published, or is being rebuilt. */
export function roomAbsent(): Problem {
  return new Problem('unavailable', 'The room is not ready', { retryAfterSeconds: 2 })
}

function keepCookie(c: Context, name: string, token: string, expires: Date): void {
  setCookie(c, name, token, { prefix: 'host', httpOnly: true, sameSite: 'Lax', expires })
  c.header('cache-control', 'no-store')
}

function refuseEntry(result: Exclude<EnterResult, { status: 'entered' }>): Problem {
  switch (result.status) {
    case 'full':
      return new Problem('room-full', undefined, { retryAfterSeconds: FULL_RETRY_SECONDS })
    case 'shut':
      return new Problem('room-not-open', `The room is ${result.phase}`, { members: { phase: result.phase } })
    case 'absent':
      return roomAbsent()
  }
}

function refuseClaim(result: Exclude<ClaimResult, { status: 'pass' }>, position: number): Problem {
  switch (result.status) {
    case 'waiting':
      return new Problem('not-called', `${position - result.serving} to go`, {
        members: { position, serving: result.serving },
      })
    case 'kept':
      return new Problem('no-free-slot', 'You go in next; ask again', {
        retryAfterSeconds: KEPT_RETRY_SECONDS,
        members: { position, turnEndsAt: result.turnEndsAt.toISOString() },
      })
    case 'missed':
      return new Problem('turn-missed', 'Enter again for a new place', { members: { position } })
    case 'used':
      return new Problem('place-used', 'Enter again for a new place', { members: { position } })
    case 'other':
      return new Problem('pass-held', 'It was given to another place of the account; use or leave it first')
    case 'shut':
      return new Problem('room-not-open', `The room is ${result.phase}`, { members: { phase: result.phase } })
    case 'absent':
      return roomAbsent()
  }
}
