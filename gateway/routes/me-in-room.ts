import { createRoute, z } from '@hono/zod-openapi'
import {
  createOpenApiApp,
  jsonResponse,
  problemResponses,
  type RequestVariables,
} from '../../shared/http/openapi.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { PollFloors } from '../clients/poll-floor.ts'
import type { Festivals } from '../festivals.ts'
import { type GatewayVerifiers, requireSession, tokenOf } from './credentials.ts'
import { type FanDeps, fanOf } from './fan.ts'
import { requireFloor } from './floor.ts'

const MeSchema = z
  .object({
    status: z
      .enum(['none', 'elsewhere', 'over', 'restored', 'unknown', 'inside', 'paying', 'bought'])
      .openapi({
        description:
          'bought: has tickets; paying: has a payment whose outcome is open; inside: has a pass; elsewhere: has a pass ' +
          'that this device has not got; over: the pass has ended; restored: it was lost with its room; unknown: the shop ' +
          'does not say',
      }),
    passEndsAt: z.iso.datetime().optional(),
    payment: z.uuid().optional(),
    order: z.uuid().optional(),
    tickets: z.int().optional(),
  })
  .openapi('MeInRoom')

const meRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/me',
  summary:
    'What I have in this sale besides a place: to be asked seldom, such as when a page is looked at again',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(MeSchema, 'What the account has'),
    ...problemResponses(
      ...(['not-found', 'token-missing', 'token-invalid', 'token-foreign'] as const),
      ...(['too-many', 'unavailable'] as const),
    ),
  },
})

/** What a fan has in a sale, for pages that stay open and for programs. */
export function createMeInRoomRoutes(
  deps: FanDeps & {
    festivals: Pick<Festivals, 'archivedRoom' | 'require'>
    verifiers: GatewayVerifiers
    floors: Pick<PollFloors, 'place'>
  },
) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()
  app.openapi(meRoute, async (c) => {
    const festival = deps.festivals.require(c.req.valid('param').room)
    const token = tokenOf(c, SESSION_COOKIE)
    requireSession(deps.verifiers, token)
    requireFloor(deps.floors.place, token ?? '')
    const fan = await fanOf(deps, c, festival)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        status: fan.status,
        ...(fan.status === 'inside' ? { passEndsAt: fan.until } : {}),
        ...(fan.status === 'paying' ? { payment: fan.payment } : {}),
        ...(fan.status === 'bought' ? { order: fan.purchase.order, tickets: fan.purchase.tickets } : {}),
      },
      200,
    )
  })
  return app
}
