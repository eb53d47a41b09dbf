import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { CancelOrderInput, CancelOrderResult } from '../orders/cancel-order.ts'
import type { Order } from '../orders/find-orders.ts'
import type { Purchase } from '../orders/find-purchase.ts'
import { OrderNumberSchema } from './order-number-schema.ts'
import { type OriginEnv, requireSession } from './principal.ts'

const TicketSchema = z
  .object({
    id: z.uuid(),
    type: z.int(),
    typeName: z.string(),
    number: z.int(),
    code: z.string().openapi({ description: 'Its secret, in base64url' }),
    qr: z.string().openapi({ description: 'What the QR says at the gate: signed' }),
    typed: z.string().openapi({ description: 'For people to read to each other at the gate' }),
    void: z.boolean().openapi({ description: 'Cancelled: it admits nobody' }),
  })
  .openapi('Ticket')

export const OrderSchema = z
  .object({
    id: z.uuid(),
    number: OrderNumberSchema,
    festival: z.string(),
    payment: z.uuid(),
    amountMinor: z.int(),
    currency: z.string(),
    createdAt: z.iso.datetime(),
    holder: z.string().openapi({ description: 'Whose tickets they are, as the gate sees it' }),
    state: z.enum(['owned', 'cancelling', 'cancelled']).openapi({
      description:
        '`cancelling`: its tickets are void and its money is on the way back; `cancelled`: given back',
    }),
    cancelledAt: z.iso.datetime().nullable(),
    ticketCount: z.int(),
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
  request: {
    query: z.object({
      tickets: z.enum(['none']).optional().openapi({
        description: 'Without their tickets, whose number `ticketCount` tells: for lists',
      }),
    }),
  },
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

const PurchaseSchema = z
  .object({
    orders: z.int().openapi({ description: 'Orders of this festival that are not cancelled' }),
    tickets: z.int().openapi({ description: 'The tickets of these orders' }),
    order: z.uuid().optional().openapi({ description: 'The newest of these orders' }),
    payment: z.uuid().optional().openapi({ description: 'The newest payment whose outcome is open' }),
  })
  .openapi('Purchase')

const purchaseRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/purchase',
  summary: 'What I have bought in this sale, and what I am paying for',
  security,
  request: { params: z.object({ room: RoomIdSchema }) },
  responses: {
    200: jsonResponse(PurchaseSchema, 'Orders and tickets; zeros where there are none'),
    ...common,
    ...problemResponses('unavailable'),
  },
})

const cancelRoute = createRoute({
  method: 'post',
  path: '/orders/{order}/cancellation',
  summary: 'Cancel one of my orders, until its refund deadline',
  description: 'The whole order, at once and for good: its tickets are void with the answer. Safe to repeat.',
  security,
  request: { params: z.object({ order: z.uuid() }) },
  responses: {
    202: jsonResponse(OrderSchema, 'Cancelled; its money is on the way back'),
    200: jsonResponse(OrderSchema, 'Cancelled and given back'),
    ...common,
    ...problemResponses('not-found', 'refund-deadline-passed', 'checked-in', 'unavailable'),
  },
})

export type OrderRoutesDeps = {
  findOrders: (account: string) => Promise<Order[]>
  findOrderSummaries: (account: string) => Promise<Order[]>
  findOrder: (account: string, order: string) => Promise<Order | undefined>
  findPurchase: (of: { account: string; festival: string }) => Promise<Purchase>
  cancelOrder: (input: CancelOrderInput) => Promise<CancelOrderResult>
}

export function createOrderRoutes(deps: OrderRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
    const { account } = requireSession(c)
    const find = c.req.valid('query').tickets === 'none' ? deps.findOrderSummaries : deps.findOrders
    c.header('cache-control', 'no-store')
    return c.json({ orders: (await find(account)).map(showOrder) }, 200)
  })

  app.openapi(readRoute, async (c) => {
    const { account } = requireSession(c)
    const order = await deps.findOrder(account, c.req.valid('param').order)
    if (order === undefined) throw orderMissing()
    c.header('cache-control', 'no-store')
    return c.json(showOrder(order), 200)
  })

  app.openapi(purchaseRoute, async (c) => {
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

  app.openapi(cancelRoute, async (c) => {
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

/** Whether the order is being cancelled, or was; throws what refuses it. */
export function isCancelled(result: CancelOrderResult): boolean {
  switch (result.status) {
    case 'deadline-passed':
      throw new Problem('refund-deadline-passed', undefined, {
        members: { refundUntil: result.refundUntil.toISOString() },
      })
    case 'unfinished':
      throw new Problem('unavailable', 'The order was made a moment ago; try again shortly', {
        retryAfterSeconds: 2,
      })
    case 'checked-in':
      throw new Problem('checked-in')
    case 'missing':
      return false
    case 'cancelling':
    case 'cancelled':
      return true
  }
}

export function orderMissing(): Problem {
  return new Problem('not-found', 'There is no such order')
}

export function showOrder({ createdAt, cancelledAt, ...order }: Order): z.output<typeof OrderSchema> {
  return {
    ...order,
    createdAt: createdAt.toISOString(),
    cancelledAt: cancelledAt?.toISOString() ?? null,
  }
}
