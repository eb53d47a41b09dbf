import { createRoute, z } from '@hono/zod-openapi'
import { OrderNumberSchema, singleLineText } from './fields.ts'
import { jsonBody, jsonResponse, problemResponses } from './openapi.ts'
import { OrderRefundSchema } from './orders.ts'

export const REFUND_REASON_CHARACTERS_MAX = 500
/** More are refunded by several requests. */
const TICKETS_MAX = 200
const AMOUNT_MINOR_MAX = 4_294_967_295

const RefundAccountSchema = z
  .object({
    bank: singleLineText(60),
    accountNumber: z.string().regex(/^[\d -]{4,40}$/, 'digits, spaces and hyphens'),
    holder: singleLineText(60),
  })
  .strict()

const RefundInPartSchema = z
  .object({
    tickets: z
      .array(z.uuid())
      .max(TICKETS_MAX)
      .refine((ids) => new Set(ids).size === ids.length, 'each ticket once')
      .default([])
      .openapi({ description: 'Tickets that become void, and whose units are for sale again' }),
    amountMinor: z
      .int()
      .min(0)
      .max(AMOUNT_MINOR_MAX)
      .optional()
      .openapi({ description: 'Without it, the price of the tickets' }),
    reason: z.string().trim().min(1).max(REFUND_REASON_CHARACTERS_MAX).openapi({
      description: 'Stored with the refund and in the audit log; the team of the festival sees it',
    }),
    refundAccount: RefundAccountSchema.optional().openapi({
      description:
        'Where the money of a deposit is sent; needed where `isDeposit` is true, and deleted afterwards',
    }),
  })
  .strict()
  .refine(({ tickets, amountMinor = 0 }) => tickets.length > 0 || amountMinor > 0, {
    message: 'tickets, an amount, or both',
    path: ['amountMinor'],
  })
  .openapi('RefundInPart')

export const RefundableOrderSchema = z
  .object({
    order: z.uuid(),
    number: OrderNumberSchema,
    festival: z.string(),
    state: z.enum(['owned', 'cancelling', 'cancelled']),
    amountMinor: z.int().openapi({ description: 'What was paid' }),
    currency: z.string(),
    remainingMinor: z.int().openapi({ description: 'What can still be refunded' }),
    isDeposit: z.boolean().openapi({ description: 'A refund needs `refundAccount`' }),
    isDisputed: z.boolean().openapi({ description: 'Nothing can be refunded until the dispute is decided' }),
    tickets: z.array(
      z.object({
        id: z.uuid(),
        type: z.int(),
        typeName: z.string(),
        number: z.int(),
        priceMinor: z.int().nullable().openapi({ description: 'Null where prices have changed since' }),
        state: z.enum(['valid', 'used', 'void']),
      }),
    ),
    refunds: z.array(
      OrderRefundSchema.extend({
        reason: z.string(),
        failure: z.string().nullable().openapi({ description: 'Why the provider refused it, in its words' }),
        by: z.object({ id: z.uuid(), name: z.string() }),
      }),
    ),
  })
  .openapi('RefundableOrder')

const path = '/admin/orders/{order}/refunds'
const params = z.object({ order: z.uuid() })
const security = [{ session: [] }]
const common = {
  ...problemResponses('token-missing', 'token-invalid', 'token-wrong-audience', 'forbidden'),
  ...problemResponses('invalid-input', 'not-found', 'unavailable'),
}

export const readRefundableRoute = createRoute({
  operationId: 'readRefundable',
  method: 'get',
  path,
  summary: 'What was refunded of an order in part, and what can be',
  security,
  request: { params },
  responses: { 200: jsonResponse(RefundableOrderSchema, 'The order, its tickets and refunds'), ...common },
})

export const refundInPartRoute = createRoute({
  operationId: 'refundInPart',
  method: 'post',
  path,
  summary: 'Refund some tickets of an order, or an amount of it',
  description:
    'Needs an `Idempotency-Key` header. Chosen tickets are void with the answer; a provider that refuses the refund makes ' +
    'them valid again. All refunds of an order are never more than was paid. Every valid ticket is refunded by ' +
    'cancelling the order.',
  security,
  request: {
    params,
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: jsonBody(RefundInPartSchema),
  },
  responses: {
    202: jsonResponse(RefundableOrderSchema, 'Recorded, and the money is on the way back'),
    ...common,
    ...problemResponses(
      ...(['bad-request', 'idempotency-key-missing', 'too-many'] as const),
      ...(['invalid-input', 'idempotency-key-reused', 'refund-amount-needed'] as const),
      ...(['refund-account-needed', 'refund-too-large', 'charge-disputed'] as const),
      ...(['checked-in', 'order-cancelled', 'ticket-void', 'whole-order'] as const),
    ),
  },
})

export type RefundableOrder = z.input<typeof RefundableOrderSchema>
