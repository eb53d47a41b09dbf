import { createRoute, z } from '@hono/zod-openapi'
import { getCookie } from 'hono/cookie'
import {
  createOpenApiApp,
  jsonBody,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { placeCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { PollFloors } from '../clients/poll-floor.ts'
import type { BindResult } from '../room/bind-place.ts'
import { positionOf } from '../room/draw.ts'
import type { Positions } from '../room/former-place.ts'
import { placeBound, placeForeign } from './bound-place.ts'
import { type GatewayVerifiers, requireSession, tokenOf } from './credentials.ts'
import { requireFloor } from './floor.ts'
import { type HeldPlaceDeps, requirePlace } from './held-place.ts'
import { PlaceSchema, placeOf } from './place.ts'
import { type Rooms, requireRoom, roomAbsent } from './rooms.ts'

const BindingSchema = z.object({ place: z.string().max(2048).optional() })

const bindRoute = createRoute({
  method: 'put',
  path: '/rooms/{room}/place/account',
  summary: 'Bind my place to my account, so that it follows me to another device',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }), body: jsonBody(BindingSchema) },
  responses: {
    200: jsonResponse(PlaceSchema, 'The place, now the account’s; binding it again changes nothing'),
    ...problemResponses(
      'not-found',
      'token-missing',
      'token-invalid',
      'token-foreign',
      'invalid-input',
      'too-many',
      'unavailable',
      'place-bound',
      'place-foreign',
      'place-lost',
    ),
  },
})

export type BindingRoutesDeps = Rooms &
  HeldPlaceDeps & {
    bindPlace: (
      input: { room: string; epoch: number; index: number; account: string },
      positions: Positions,
    ) => Promise<BindResult>
    floors: Pick<PollFloors, 'place'>
    verifiers: GatewayVerifiers
  }

/** Signing in while waiting. */
export function createBindingRoutes(deps: BindingRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(bindRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const { sub } = requireSession(deps.verifiers, tokenOf(c, SESSION_COOKIE))
    const token = c.req.valid('json').place ?? getCookie(c, placeCookie(room), 'host')
    const { index } = await requirePlace(deps, token, state)
    requireFloor(deps.floors.place, token ?? '')
    const positions: Positions = (index) => positionOf(index, state.draw)
    const result = await deps.bindPlace({ room, epoch: state.epoch, index, account: sub }, positions)
    if (result.status === 'elsewhere') throw placeBound(result.index, positions(result.index))
    if (result.status !== 'bound') throw refuseBinding(result.status)
    c.header('cache-control', 'no-store')
    return c.json(placeOf(state, index, token ?? ''), 200)
  })

  return app
}

function refuseBinding(status: 'foreign' | 'unknown' | 'absent'): Problem {
  switch (status) {
    case 'foreign':
      return placeForeign()
    case 'unknown':
      return new Problem('token-invalid', 'The room has given no such place')
    case 'absent':
      return roomAbsent()
  }
}
