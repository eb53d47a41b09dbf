import { cancelAnyOrderRoute } from '../../../shared/api/admin-cancellations.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import type { CancelOrderInput, CancelOrderResult } from '../../orders/cancel-order.ts'
import type { Order } from '../../orders/find-orders.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeamOf } from '../auth/require-access.ts'
import { isCancelled, orderMissing, showOrder } from '../show-order.ts'

export type AdminOrderRoutesDeps = {
  findFestivalOfOrder: (order: string) => Promise<string | undefined>
  findAnyOrder: (order: string) => Promise<Order | undefined>
  cancelOrder: (input: CancelOrderInput) => Promise<CancelOrderResult>
}

export function createAdminOrderRoutes(deps: AdminOrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(cancelAnyOrderRoute, async (c) => {
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
