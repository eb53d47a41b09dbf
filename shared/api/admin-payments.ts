import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

export const StateSchema = z.enum([
  'accepted',
  'charging',
  'waiting',
  'confirmed',
  'declined',
  'refunding',
  'refunded',
  'expired',
])
const PAYMENTS_SHOWN_MAX = 200

const ListedPaymentsSchema = z
  .object({
    payments: z.array(
      z.object({
        id: z.uuid(),
        account: z.object({ id: z.uuid(), name: z.string() }),
        state: StateSchema,
        amountMinor: z.int(),
        currency: z.string(),
        reason: z.string().nullable(),
        createdAt: z.iso.datetime(),
        order: z.uuid().nullable(),
      }),
    ),
  })
  .openapi('ListedPayments')

export const listPaymentsRoute = createRoute({
  operationId: 'listPayments',
  method: 'get',
  path: '/admin/rooms/{room}/payments',
  summary: "A room's payments in a state, the newest first",
  security: [{ session: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      state: StateSchema.openapi({
        description:
          'What needs attention when it stays so: `accepted`, `charging` and `refunding`; `waiting` ends by itself',
      }),
      before: z
        .uuid()
        .optional()
        .openapi({ description: 'The ID of the oldest payment seen, for those before it' }),
      limit: z.coerce.number().int().min(1).max(PAYMENTS_SHOWN_MAX).default(50),
    }),
  },
  responses: {
    200: jsonResponse(ListedPaymentsSchema, 'The payments'),
    ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
  },
})

export type ListedPayment = z.input<typeof ListedPaymentsSchema>['payments'][number]
