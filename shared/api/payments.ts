import { createRoute, z } from '@hono/zod-openapi'
import { REFUND_REASONS } from '../refund-reasons.ts'
import { jsonBody, jsonResponse, problemResponses } from './openapi.ts'
import { RoomIdSchema } from './room-id.ts'

/**
 * How long a fan may take for what the provider asks of them; what they hold is kept for as long. Deposits have a time
 * of their own.
 */
export const ACTION_MINUTES = 10

const PaySchema = z
  .object({
    method: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .openapi({ description: "The provider's token for how to pay, such as `card-ok` at the sandbox" }),
    amountMinor: z
      .int()
      .min(0)
      .openapi({ description: 'What the fan agreed to pay: the amount of the hold they saw' }),
    holdVersion: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .openapi({ description: 'The `version` of the hold they saw' }),
  })
  .strict()
  .openapi('Pay')

const REASON_DESCRIPTION = `Why it was declined, in the provider's words, or given up; of money that goes back without an order one of: ${Object.values(REFUND_REASONS).join(', ')}`

const PaymentActionSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('redirect'), url: z.url() }),
    z.object({ kind: z.literal('script'), parameters: z.record(z.string(), z.string()) }),
    z.object({
      kind: z.literal('deposit'),
      bank: z.string(),
      accountNumber: z.string(),
      holder: z.string(),
    }),
  ])
  .openapi('PaymentAction', {
    description:
      "What the fan has to do: go to a page of the provider, use the provider's module with these parameters, or pay " +
      'into an account',
  })

export const PaymentSchema = z
  .object({
    id: z.uuid(),
    state: z.enum([
      'accepted',
      'charging',
      'action',
      'paid',
      'confirmed',
      'declined',
      'refunding',
      'refunded',
      'expired',
    ]),
    order: z.uuid().optional(),
    reason: z.string().optional().openapi({ description: REASON_DESCRIPTION }),
    action: PaymentActionSchema.optional().openapi({ description: 'With the state `action`' }),
    until: z.iso
      .datetime()
      .optional()
      .openapi({ description: 'With the state `action`: until when it can be done' }),
    amountMinor: z.int().optional().openapi({ description: 'With the state `action`: what is to be paid' }),
    currency: z.string().optional(),
    turnEnded: z
      .literal(true)
      .optional()
      .openapi({ description: 'Too many payments were declined: the pass has ended, and nothing is held' }),
  })
  .openapi('Payment')
const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-wrong-audience')

export const payRoute = createRoute({
  operationId: 'pay',
  method: 'post',
  path: '/rooms/{room}/payments',
  summary: 'Pay for what is held',
  description:
    'Answers at once with where to ask how the payment stands; with `Prefer: wait=N` as soon as the outcome is known, or ' +
    'the fan has something to do, and after N seconds at the latest. Needs an `Idempotency-Key` header. Refused with ' +
    '`hold-changed`, and the hold as it is now in `hold`, unless the hold has this amount and version.',
  security: [{ pass: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    headers: z.object({ 'idempotency-key': z.string().optional(), prefer: z.string().optional() }),
    body: jsonBody(PaySchema),
  },
  responses: {
    200: jsonResponse(PaymentSchema, 'With `Prefer: wait=N`: the outcome, or what the fan has to do'),
    202: jsonResponse(PaymentSchema, 'Kept safely, to be charged; `Location` says where to ask'),
    ...common,
    ...problemResponses('idempotency-key-missing', 'bad-request'),
    ...problemResponses('invalid-input', 'idempotency-key-reused'),
    ...problemResponses('hold-changed', 'hold-expired', 'hold-paying', 'request-in-flight'),
    ...problemResponses('hold-missing', 'room-restored'),
    ...problemResponses('busy', 'unavailable', 'payment-paused'),
  },
})

export const readPaymentRoute = createRoute({
  operationId: 'readPayment',
  method: 'get',
  path: '/rooms/{room}/payments/{payment}',
  summary: 'How a payment stands',
  description:
    'At once, or with `Prefer: wait=N` as soon as it stands otherwise than the `If-None-Match` says (without one: than ' +
    'when it was asked for), and after N seconds at the latest. `Preference-Applied` says how long that can be.',
  security: [{ session: [] }],
  request: {
    params: z.object({ room: RoomIdSchema, payment: z.uuid() }),
    headers: z.object({ prefer: z.string().optional(), 'if-none-match': z.string().optional() }),
  },
  responses: {
    200: jsonResponse(PaymentSchema, 'The payment; its `ETag` names the state'),
    304: { description: 'It stands as the `If-None-Match` says' },
    ...common,
    ...problemResponses('not-found'),
  },
})

const ofPayment = { params: z.object({ room: RoomIdSchema, payment: z.uuid() }) }

export const completePaymentRoute = createRoute({
  operationId: 'completePayment',
  method: 'post',
  path: '/rooms/{room}/payments/{payment}/completion',
  summary: 'Look at the provider what became of what the fan had to do',
  description:
    'For when the fan comes back from the provider. May be repeated: a payment that does not wait for its fan is only ' +
    'read. Nothing that came along with the fan is taken or believed.',
  security: [{ session: [] }],
  request: ofPayment,
  responses: {
    200: jsonResponse(PaymentSchema, 'The payment as it stands now'),
    ...common,
    ...problemResponses('not-found', 'unavailable'),
  },
})

export const abandonPaymentRoute = createRoute({
  operationId: 'abandonPayment',
  method: 'delete',
  path: '/rooms/{room}/payments/{payment}',
  summary: 'Give up a payment that waits for the fan',
  description:
    'It is cancelled at the provider, and what it was to pay for stays held for another payment while its time lasts.',
  security: [{ session: [] }],
  request: ofPayment,
  responses: {
    200: jsonResponse(PaymentSchema, 'It does not wait for the fan, as after it was paid: how it stands'),
    204: { description: 'Given up; nothing is charged' },
    ...common,
    ...problemResponses('not-found', 'unavailable'),
  },
})

export type Payment = z.input<typeof PaymentSchema>
