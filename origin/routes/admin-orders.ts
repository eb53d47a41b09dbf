import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import type { CancelOrderInput, CancelOrderResult } from '../orders/cancel-order.ts'
import type { Order } from '../orders/find-orders.ts'
import { isCancelled, OrderSchema, orderMissing, showOrder } from './orders.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeamOf } from './require-access.ts'

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

const cancelRoute = createRoute({
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
    ...problemResponses('token-missing', 'token-invalid'),
    ...problemResponses('token-foreign', 'forbidden'),
    ...problemResponses('invalid-input', 'not-found', 'checked-in', 'unavailable'),
  },
})

export type AdminOrderRoutesDeps = {
  findFestivalOfOrder: (order: string) => Promise<string | undefined>
  findAnyOrder: (order: string) => Promise<Order | undefined>
  cancelOrder: (input: CancelOrderInput) => Promise<CancelOrderResult>
}

export function createAdminOrderRoutes(deps: AdminOrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(cancelRoute, async (c) => {
    const { order } = c.req.valid('param')
    const { account } = await requireTeamOf(c, () => deps.findFestivalOfOrder(order), {
      right: 'manage',
      missing: orderMissing,
    })
    // Without a body there is nothing to validate.
    const { reason } = c.req.valid('json') ?? {}
    const result = await deps.cancelOrder({ order, account, by: 'organiser', reason })
    const cancelled = isCancelled(result) ? await deps.findAnyOrder(order) : undefined
    if (cancelled === undefined) throw orderMissing()
    c.header('cache-control', 'no-store')
    return c.json(showOrder(cancelled), result.status === 'cancelled' ? 200 : 202)
  })

  return app
}
