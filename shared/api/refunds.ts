import { createRoute, z } from '@hono/zod-openapi'
import { REFUND_REASONS } from '../refund-reasons.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'

export const RefundSchema = z
  .object({
    payment: z.uuid(),
    festival: z.string(),
    state: z.enum(['refunding', 'refunded']).openapi({ description: '`refunding`: on its way back' }),
    reason: z
      .string()
      .optional()
      .openapi({ description: `One of: ${Object.values(REFUND_REASONS).join(', ')}` }),
    amountMinor: z.int(),
    currency: z.string(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Refund')

export const listRefundsRoute = createRoute({
  operationId: 'listRefunds',
  method: 'get',
  path: '/refunds',
  summary: 'My payments that are given back without having become an order, the newest first',
  security: [{ session: [] }],
  responses: {
    200: jsonResponse(z.object({ refunds: z.array(RefundSchema) }), 'Refunds'),
    ...problemResponses(...TOKEN_PROBLEMS, 'unavailable'),
  },
})

export type Refund = z.input<typeof RefundSchema>
