import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import {
  cancelOrderRoute,
  listOrdersRoute,
  readOrderRoute,
  readPurchaseRoute,
} from '../../../shared/api/orders.ts'
import type { CancelOrderInput, CancelOrderResult } from '../../orders/cancel-order.ts'
import type { Order } from '../../orders/find-orders.ts'
import type { Purchase } from '../../orders/find-purchase.ts'
import { type OriginEnv, requireSession } from '../auth/principal.ts'
import { isCancelled, orderMissing, showOrder } from '../show-order.ts'

export type OrderRoutesDeps = {
  findOrders: (account: string) => Promise<Order[]>
  findOrderSummaries: (account: string) => Promise<Order[]>
  findOrder: (account: string, order: string) => Promise<Order | undefined>
  findPurchase: (of: { account: string; festival: string }) => Promise<Purchase>
  cancelOrder: (input: CancelOrderInput) => Promise<CancelOrderResult>
}

export function createOrderRoutes(deps: OrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listOrdersRoute, async (c) => {
    const { account } = requireSession(c)
    const find = c.req.valid('query').tickets === 'none' ? deps.findOrderSummaries : deps.findOrders
    c.header('cache-control', 'no-store')
    return c.json({ orders: (await find(account)).map(showOrder) }, 200)
  })

  app.openapi(readOrderRoute, async (c) => {
    const { account } = requireSession(c)
    const order = await deps.findOrder(account, c.req.valid('param').order)
    if (order === undefined) throw orderMissing()
    c.header('cache-control', 'no-store')
    return c.json(showOrder(order), 200)
  })

  app.openapi(readPurchaseRoute, async (c) => {
    const { account } = requireSession(c)
    // A room has the ID of its festival.
    const { order, payment, ...counts } = await deps.findPurchase({
      account,
      festival: c.req.valid('param').room,
    })
    c.header('cache-control', 'no-store')
    return c.json(
      {
        ...counts,
        ...(order === undefined ? {} : { order }),
        ...(payment === undefined ? {} : { payment }),
      },
      200,
    )
  })

  app.openapi(cancelOrderRoute, async (c) => {
    const { account } = requireSession(c)
    const { order } = c.req.valid('param')
    const result = await deps.cancelOrder({ order, account, by: 'fan' })
    const cancelled = isCancelled(result) ? await deps.findOrder(account, order) : undefined
    if (cancelled === undefined) throw orderMissing()
    c.header('cache-control', 'no-store')
    return c.json(showOrder(cancelled), result.status === 'cancelled' ? 200 : 202)
  })

  return app
}
