import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { REFUND_REASONS } from '../../shared/refund-reasons.ts'
import type { Refund } from '../payments/find-refunds.ts'
import { type OriginEnv, requireSession } from './principal.ts'

const RefundSchema = z
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

const listRoute = createRoute({
  method: 'get',
  path: '/refunds',
  summary: 'My payments that are given back without having become an order, the newest first',
  security: [{ session: [] }],
  responses: {
    200: jsonResponse(z.object({ refunds: z.array(RefundSchema) }), 'Refunds'),
    ...problemResponses('token-missing', 'token-invalid', 'token-foreign', 'unavailable'),
  },
})

export function createRefundRoutes(deps: { findRefunds: (account: string) => Promise<Refund[]> }) {
  const app = createOpenApiApp<OriginEnv>()
  app.openapi(listRoute, async (c) => {
    const { account } = requireSession(c)
    const refunds = await deps.findRefunds(account)
    c.header('cache-control', 'no-store')
    return c.json({ refunds: refunds.map(shown) }, 200)
  })
  return app
}

function shown({ reason, createdAt, ...refund }: Refund): z.output<typeof RefundSchema> {
  return {
    ...refund,
    ...(reason === undefined ? {} : { reason }),
    createdAt: createdAt.toISOString(),
  }
}
