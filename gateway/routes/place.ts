import { createRoute, z } from '@hono/zod-openapi'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { placeCookie } from '../../shared/tokens/cookies.ts'
import type { RoomState } from '../room/admit.ts'
import { positionOf } from '../room/draw.ts'
import { type GatewayVerifiers, requireClaims, tokenOf } from './credentials.ts'
import { type Rooms, requireRoom } from './rooms.ts'

export const PlaceSchema = z
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

const placeRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/place',
  summary: 'Where I stand; to be asked once, the status says the rest',
  security: [{ place: [] }],
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(PlaceSchema, 'The place'),
    ...problemResponses('not-found', 'token-missing', 'token-invalid', 'token-foreign', 'unavailable'),
  },
})

/** Where a fan stands. */
export function createPlaceRoutes(deps: Rooms & { verifiers: GatewayVerifiers }) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(placeRoute, (c) => {
    const { room } = c.req.valid('param')
    const { state } = requireRoom(deps, room)
    const token = tokenOf(c, placeCookie(room))
    const { index } = requireClaims('place', deps.verifiers.place, token, room)
    c.header('cache-control', 'no-store')
    return c.json(placeOf(state, index, token ?? ''), 200)
  })

  return app
}

/** A place as its holder sees it. */
export function placeOf(state: RoomState, index: number, place: string): z.output<typeof PlaceSchema> {
  const position = positionOf(index, state.draw)
  if (position === undefined) return { index, called: false, place }
  return { index, position, called: position <= state.serving, place }
}
