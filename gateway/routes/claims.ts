import { createRoute, z } from '@hono/zod-openapi'
import { getCookie } from 'hono/cookie'
import type { Clock } from '../../shared/clock.ts'
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
import type { ClaimResult } from '../room/claim-pass.ts'
import { positionOf } from '../room/draw.ts'
import { type GatewayVerifiers, keepCookie, requireClaims, requireSession, tokenOf } from './credentials.ts'
import { type Rooms, requireRoom, roomAbsent } from './rooms.ts'

const ClaimSchema = z.object({ place: z.string().max(2048).optional() })

const PassSchema = z
  .object({
    pass: z.string().openapi({ description: 'A JWT; /.well-known/jwks.json has its key' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('Pass')

const claimRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/claims',
  summary: 'Claim my turn: a pass, once called',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }), body: jsonBody(ClaimSchema) },
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

const KEPT_RETRY_SECONDS = 1

export type ClaimRoutesDeps = Rooms & {
  claimPass: (input: { room: string; position: number; account: string }) => Promise<ClaimResult>
  verifiers: GatewayVerifiers
  signPass: SignToken<'pass'>
  now: Clock
}

/** A called fan's way to a pass. */
export function createClaimRoutes(deps: ClaimRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(claimRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const session = requireSession(deps.verifiers, tokenOf(c, SESSION_COOKIE))
    const token = c.req.valid('json').place ?? getCookie(c, placeCookie(room), 'host')
    const place = requireClaims('place', deps.verifiers.place, token, room)
    const position = positionOf(place.index, state.draw)
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

  return app
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
