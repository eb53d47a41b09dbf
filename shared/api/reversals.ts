import { createRoute, z } from '@hono/zod-openapi'
import { OrderNumberSchema } from './fields.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const ReversalSchema = z
  .object({
    id: z.string().openapi({ description: "The provider's ID" }),
    kind: z.enum(['refund', 'dispute']),
    state: z.enum(['open', 'done', 'failed']).openapi({
      description: '`open`: not decided; `done`: the money went back to the fan; `failed`: it did not',
    }),
    amountMinor: z.int(),
    currency: z.string(),
    madeAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
    payment: z.uuid(),
    order: z.uuid().nullable(),
    orderNumber: OrderNumberSchema.nullable(),
    account: z.object({ id: z.uuid(), name: z.string() }),
  })
  .openapi('Reversal')

const SHOWN_MAX = 200
const path = '/admin/rooms/{room}/reversals'
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
}

export const listReversalsRoute = createRoute({
  operationId: 'listReversals',
  method: 'get',
  path,
  summary: 'Refunds and disputes made at the payment provider: those to be looked at first, the newest first',
  security,
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({ limit: z.coerce.number().int().min(1).max(SHOWN_MAX).default(50) }),
  },
  responses: {
    200: jsonResponse(z.object({ reversals: z.array(ReversalSchema) }), 'The refunds and disputes'),
    ...common,
  },
})

export const settleReversalRoute = createRoute({
  operationId: 'settleReversal',
  method: 'post',
  path: `${path}/{id}/settlement`,
  summary: 'Let the tickets of a refunded or disputed payment stand',
  security,
  request: { params: z.object({ room: RoomIdSchema, id: z.string().regex(/^[\w-]{1,64}$/) }) },
  responses: {
    204: { description: 'Its tickets have lost their flag; it is in the audit log' },
    ...common,
    ...problemResponses('conflict'),
  },
})

export type ListedReversal = z.input<typeof ReversalSchema>
