import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import type { Order } from '../orders/find-orders.ts'
import { type OriginEnv, requireSession } from './principal.ts'

const TicketSchema = z
  .object({
    id: z.uuid(),
    type: z.int(),
    typeName: z.string(),
    number: z.int(),
    code: z.string().openapi({ description: 'What the QR says at the gate' }),
  })
  .openapi('Ticket')

const OrderSchema = z
  .object({
    id: z.uuid(),
    festival: z.string(),
    payment: z.uuid(),
    amountMinor: z.int(),
    currency: z.string(),
    createdAt: z.iso.datetime(),
    tickets: z.array(TicketSchema),
  })
  .openapi('Order')

const security = [{ session: [] }]
const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign')

const listRoute = createRoute({
  method: 'get',
  path: '/orders',
  summary: 'My orders, the newest first',
  security,
  responses: {
    200: jsonResponse(z.object({ orders: z.array(OrderSchema) }), 'Orders with their tickets'),
    ...common,
  },
})

const readRoute = createRoute({
  method: 'get',
  path: '/orders/{order}',
  summary: 'One of my orders',
  security,
  request: { params: z.object({ order: z.uuid() }) },
  responses: {
    200: jsonResponse(OrderSchema, 'The order with its tickets'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export type OrderRoutesDeps = {
  findOrders: (account: string) => Promise<Order[]>
  findOrder: (account: string, order: string) => Promise<Order | undefined>
}

export function createOrderRoutes(deps: OrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
    const { account } = requireSession(c)
    c.header('cache-control', 'no-store')
    return c.json({ orders: (await deps.findOrders(account)).map(shown) }, 200)
  })

  app.openapi(readRoute, async (c) => {
    const { account } = requireSession(c)
    const order = await deps.findOrder(account, c.req.valid('param').order)
    if (order === undefined) throw new Problem('not-found', 'There is no such order')
    c.header('cache-control', 'no-store')
    return c.json(shown(order), 200)
  })

  return app
}

function shown(order: Order): z.output<typeof OrderSchema> {
  return { ...order, createdAt: order.createdAt.toISOString() }
}
