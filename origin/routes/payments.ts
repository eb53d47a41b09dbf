import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { AcceptPaymentResult } from '../payments/accept-payment.ts'
import type { PaymentStatus } from '../payments/payment.ts'
import { roomAbsent } from './holds.ts'
import { type OriginEnv, requirePass, requireSession } from './principal.ts'

const PaySchema = z
  .object({
    method: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .openapi({ description: "The provider's token for how to pay, such as `card-ok` at the sandbox" }),
  })
  .strict()
  .openapi('Pay')

const PaymentSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['accepted', 'charging', 'confirmed', 'declined', 'refunding', 'refunded', 'expired']),
    order: z.uuid().optional(),
    reason: z.string().optional(),
  })
  .openapi('Payment')

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign')

const payRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/payments',
  summary: 'Pay for what is held',
  description: 'Answers at once with where to ask how the payment stands. Needs an `Idempotency-Key` header.',
  security: [{ pass: [] }],
  request: {
    params: z.object({ room: RoomIdSchema }),
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    body: jsonBody(PaySchema),
  },
  responses: {
    202: jsonResponse(PaymentSchema, 'Kept safely, to be charged; `Location` says where to ask'),
    ...common,
    ...problemResponses('idempotency-key-missing', 'bad-request'),
    ...problemResponses('invalid-input', 'idempotency-key-reused'),
    ...problemResponses('hold-expired', 'hold-paying'),
    ...problemResponses('hold-missing'),
    ...problemResponses('busy', 'unavailable'),
  },
})

const statusRoute = createRoute({
  method: 'get',
  path: '/rooms/{room}/payments/{payment}',
  summary: 'How a payment stands',
  security: [{ session: [] }],
  request: { params: z.object({ room: RoomIdSchema, payment: z.uuid() }) },
  responses: {
    200: jsonResponse(PaymentSchema, 'The payment'),
    ...common,
    ...problemResponses('not-found'),
  },
})

export type PaymentRoutesDeps = {
  acceptPayment: (input: {
    room: string
    account: string
    passId: string
    method: string
    idempotencyKey: string
  }) => Promise<AcceptPaymentResult>
  readPayment: (input: {
    room: string
    payment: string
    account: string
  }) => Promise<PaymentStatus | undefined>
}

export function createPaymentRoutes(deps: PaymentRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(payRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { account, passId } = requirePass(c, room)
    const idempotencyKey = c.req.valid('header')['idempotency-key']
    if (idempotencyKey === undefined) throw new Problem('idempotency-key-missing')
    if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new Problem('bad-request', 'The Idempotency-Key must have 1 to 255 visible ASCII characters')
    }
    const { method } = c.req.valid('json')
    const result = await deps.acceptPayment({ room, account, passId, method, idempotencyKey })
    if (result.status !== 'accepted') throw refusal(result)
    c.header('location', `/api/rooms/${room}/payments/${result.payment}`)
    c.header('cache-control', 'no-store')
    return c.json({ id: result.payment, state: 'accepted' as const }, 202)
  })

  app.openapi(statusRoute, async (c) => {
    const { account } = requireSession(c)
    const payment = await deps.readPayment({ ...c.req.valid('param'), account })
    if (payment === undefined) throw new Problem('not-found', 'There is no such payment')
    c.header('cache-control', 'no-store')
    const { id, state, orderId, reason } = payment
    return c.json(
      {
        id,
        state,
        ...(orderId === undefined ? {} : { order: orderId }),
        ...(reason === undefined ? {} : { reason }),
      },
      200,
    )
  })

  return app
}

function refusal(result: Exclude<AcceptPaymentResult, { status: 'accepted' }>): Problem {
  switch (result.status) {
    case 'key-reused':
      return new Problem('idempotency-key-reused')
    case 'paying':
      return new Problem('hold-paying', undefined, { members: { payment: result.payment } })
    case 'hold-missing':
      return new Problem('hold-missing')
    case 'hold-expired':
      return new Problem('hold-expired')
    case 'busy':
      return new Problem('busy', 'Too many payments are waiting; what you hold is kept', {
        retryAfterSeconds: 2,
      })
    case 'room-absent':
      return roomAbsent()
  }
}
