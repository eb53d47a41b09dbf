import { createRoute, z } from '@hono/zod-openapi'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { OrderSchema } from './orders.ts'

const REASON_CHARACTERS_MAX = 500

const CancellationSchema = z
  .object({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_CHARACTERS_MAX)
      .optional()
      .openapi({ description: 'Kept in the audit log' }),
  })
  .strict()
  .openapi('Cancellation')

export const cancelAnyOrderRoute = createRoute({
  operationId: 'cancelAnyOrder',
  method: 'post',
  path: '/admin/orders/{order}/cancellation',
  summary: "Cancel a fan's order, at any time",
  security: [{ session: [] }],
  request: {
    params: z.object({ order: z.uuid() }),
    body: { required: false, content: { 'application/json': { schema: CancellationSchema } } },
  },
  responses: {
    202: jsonResponse(OrderSchema, 'Cancelled; its money is on the way back'),
    200: jsonResponse(OrderSchema, 'Cancelled and given back'),
    ...problemResponses(...TOKEN_PROBLEMS, 'forbidden'),
    ...problemResponses('invalid-input', 'not-found', 'checked-in', 'unavailable'),
  },
})
