import { createRoute, z } from '@hono/zod-openapi'
import { OrderNumberSchema } from './fields.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const TicketSchema = z
  .object({
    id: z.uuid(),
    type: z.int(),
    typeName: z.string(),
    number: z.int(),
    code: z.string().openapi({ description: 'Its secret, in base64url' }),
    qr: z.string().openapi({ description: 'What the QR says at the gate: signed' }),
    typed: z.string().openapi({ description: 'For people to read to each other at the gate' }),
    void: z.boolean().openapi({ description: 'Cancelled or refunded: it admits nobody' }),
  })
  .openapi('Ticket')

export const OrderRefundSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['pending', 'done', 'failed', 'bounced']).openapi({
      description:
        '`pending`: not decided; `done`: the money went back; `failed`: the provider refused it, and its tickets are ' +
        'valid again; `bounced`: it was done, and the money came back to us',
    }),
    atProvider: z.boolean().openapi({ description: 'The provider has it, and has not decided' }),
    amountMinor: z.int(),
    tickets: z
      .array(z.uuid())
      .openapi({ description: 'Tickets that it made void; none for an amount alone' }),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .openapi('OrderRefund')

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
    refundedMinor: z.int().openapi({
      description: 'What was given back in part, or is being; the cancellation of an order refunds the rest',
    }),
    refunds: z.array(OrderRefundSchema).openapi({ description: 'Refunds in part, the oldest first' }),
    ticketCount: z.int(),
    tickets: z.array(TicketSchema),
  })
  .openapi('Order')
const security = [{ session: [] }]
const common = problemResponses(...TOKEN_PROBLEMS, 'invalid-input')

export const listOrdersRoute = createRoute({
  operationId: 'listOrders',
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

export const readOrderRoute = createRoute({
  operationId: 'readOrder',
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

export const readPurchaseRoute = createRoute({
  operationId: 'readPurchase',
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

export const cancelOrderRoute = createRoute({
  operationId: 'cancelOrder',
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

export type Order = z.input<typeof OrderSchema>
/** An order in lists, without tickets. */
export type OrderSummary = Omit<Order, 'tickets' | 'holder'>
export type Purchase = z.input<typeof PurchaseSchema>
