import { createRoute, z } from '@hono/zod-openapi'
import { LanguageSchema, OrderNumberSchema } from './fields.ts'
import { TICKET_TEXT_LENGTH_MAX } from './limits.ts'
import { jsonResponse, problemResponses, TOKEN_PROBLEMS } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

const ORDERS_SHOWN_MAX = 200

export const FoundOrderSchema = z
  .object({
    id: z.uuid(),
    number: OrderNumberSchema,
    account: z.object({ id: z.uuid(), name: z.string(), email: z.string() }),
    payment: z.uuid(),
    amountMinor: z.int(),
    currency: z.string(),
    createdAt: z.iso.datetime(),
    state: z.enum(['owned', 'cancelling', 'cancelled']),
    cancelledAt: z.iso.datetime().nullable(),
    refundedMinor: z.int().openapi({
      description: 'What was given back in part, or is being; the cancellation of an order refunds the rest',
    }),
    tickets: z.array(z.object({ type: z.int(), typeName: z.string(), quantity: z.int() })),
  })
  .openapi('FoundOrder')

const filter = {
  q: z
    .string()
    .trim()
    .max(TICKET_TEXT_LENGTH_MAX)
    .transform((text) => text || undefined)
    .optional()
    .openapi({
      type: 'string',
      description:
        "The beginning of an order's number (three characters or more) or ID (eight), a ticket's code as it is typed at " +
        "the gate or its QR text, or a part of the fan's name or address",
    }),
  state: z.enum(['owned', 'cancelling', 'cancelled']).optional(),
  type: z.coerce
    .number()
    .int()
    .positive()
    .max(4_294_967_295)
    .optional()
    .openapi({ description: 'Orders with a ticket of this type' }),
  before: z.uuid().optional().openapi({ description: 'The `next` of the page before' }),
}
const params = z.object({ room: RoomIdSchema })
const security = [{ session: [] }]
const common = {
  ...problemResponses(...TOKEN_PROBLEMS, 'invalid-input', 'not-found', 'unavailable', 'forbidden'),
}

export const searchOrdersRoute = createRoute({
  operationId: 'searchOrders',
  method: 'get',
  path: '/admin/rooms/{room}/orders',
  summary: "A festival's orders, the newest first",
  security,
  request: {
    params,
    query: z.object({ ...filter, limit: z.coerce.number().int().min(1).max(ORDERS_SHOWN_MAX).default(50) }),
  },
  responses: {
    200: jsonResponse(
      z.object({
        orders: z.array(FoundOrderSchema),
        next: z.uuid().optional().openapi({
          description:
            'Where to go on. A search stops after so many orders, also when it found few or none: go on while there is a next',
        }),
      }),
      'A page of orders',
    ),
    ...common,
  },
})

export const exportOrdersRoute = createRoute({
  operationId: 'exportOrders',
  method: 'get',
  path: '/admin/rooms/{room}/orders.csv',
  summary: "A festival's orders as CSV, the newest first; the audit log keeps who took them",
  security,
  request: { params, query: z.object({ ...filter, language: LanguageSchema }) },
  responses: {
    200: {
      description:
        'One line per order, with times in the festival’s zone and their offsets. The file is called orders-<room>.csv, or orders-<room>-newest.csv when older ones did ' +
        'not fit: ask for those with `before`, the last order in the file',
      content: { 'text/csv': { schema: z.string() } },
    },
    ...common,
    ...problemResponses('too-many'),
  },
})

export type FoundOrder = z.input<typeof FoundOrderSchema>
