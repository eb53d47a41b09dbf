import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const MeSchema = z
  .object({
    status: z
      .enum(['none', 'elsewhere', 'over', 'restored', 'unknown', 'admitted', 'paying', 'bought'])
      .openapi({
        description:
          'bought: has tickets; paying: has a payment whose outcome is open; admitted: has a pass; elsewhere: has a pass ' +
          'that this device has not got; over: the pass has ended; restored: it was lost with its room; unknown: the shop ' +
          'does not say',
      }),
    passEndsAt: z.iso.datetime().optional(),
    payment: z.uuid().optional(),
    order: z.uuid().optional(),
    tickets: z.int().optional(),
  })
  .openapi('MeInRoom')

export const readMeInRoomRoute = createRoute({
  operationId: 'readMeInRoom',
  method: 'get',
  path: '/rooms/{room}/me',
  summary:
    'What I have in this sale in addition to a place: to be asked seldom, such as when a page is looked at again',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(MeSchema, 'What the account has'),
    ...problemResponses(...TOKEN_PROBLEMS, 'not-found', 'too-many', 'unavailable'),
  },
})
