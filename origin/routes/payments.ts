import { createRoute, z } from '@hono/zod-openapi'
import { matchesEtag } from '../../shared/http/etag.ts'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { REFUND_REASONS } from '../../shared/refund-reasons.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { AcceptPaymentResult } from '../payments/accept-payment.ts'
import type { FollowInput, FollowResult } from '../payments/follow-payment.ts'
import type { PaymentStatus, ShownState } from '../payments/payment.ts'
import { roomAbsent, roomRestored, shownHold } from './holds.ts'
import { parseIdempotencyKey } from './idempotency-key.ts'
import { preferredWaitSeconds } from './prefer.ts'
import { type OriginEnv, requirePass, requireSession } from './principal.ts'
import { createRequestsInFlight } from './requests-in-flight.ts'

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

const PaymentSchema = z
  .object({
    id: z.uuid(),
    state: z.enum([
      'accepted',
      'charging',
      'paid',
      'confirmed',
      'declined',
      'refunding',
      'refunded',
      'expired',
    ]),
    order: z.uuid().optional(),
    reason: z.string().optional().openapi({ description: REASON_DESCRIPTION }),
    turnEnded: z
      .literal(true)
      .optional()
      .openapi({ description: 'Too many payments were declined: the pass has ended, and nothing is held' }),
  })
  .openapi('Payment')

const common = problemResponses('invalid-input', 'token-missing', 'token-invalid', 'token-foreign')

const payRoute = createRoute({
  method: 'post',
  path: '/rooms/{room}/payments',
  summary: 'Pay for what is held',
  description:
    'Answers at once with where to ask how the payment stands. Needs an `Idempotency-Key` header. Refused with ' +
    '`hold-changed`, and the hold as it is now in `hold`, unless the hold has this amount and version.',
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
    ...problemResponses('hold-changed', 'hold-expired', 'hold-paying', 'request-in-flight'),
    ...problemResponses('hold-missing', 'room-restored'),
    ...problemResponses('busy', 'unavailable', 'payment-paused'),
  },
})

const statusRoute = createRoute({
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

export type PaymentRoutesDeps = {
  acceptPayment: (input: {
    room: string
    account: string
    passId: string
    epoch: number | undefined
    method: string
    amountMinor: number
    holdVersion: string
    idempotencyKey: string
  }) => Promise<AcceptPaymentResult>
  readPayment: (input: {
    room: string
    payment: string
    account: string
  }) => Promise<PaymentStatus | undefined>
  followPayment: (input: FollowInput & { room: string; account: string }) => Promise<FollowResult>
  /** The longest that anyone may wait for a change. */
  waitSecondsMax: number
  /** How many requests to pay are known while they are handled. */
  requestsMax: number
}

export function createPaymentRoutes(deps: PaymentRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  const requests = createRequestsInFlight(deps.requestsMax)

  app.openapi(payRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { account, passId, epoch } = requirePass(c, room)
    const header = c.req.valid('header')['idempotency-key']
    if (header === undefined) throw new Problem('idempotency-key-missing')
    const idempotencyKey = parseIdempotencyKey(header)
    if (idempotencyKey === undefined) throw malformedKey()
    const handled = await requests.run(JSON.stringify([room, account, idempotencyKey]), () =>
      deps.acceptPayment({ room, account, passId, epoch, ...c.req.valid('json'), idempotencyKey }),
    )
    if (handled.status === 'in-flight') {
      throw new Problem('request-in-flight', undefined, { retryAfterSeconds: 1 })
    }
    const result = handled.value
    if (result.status !== 'accepted') throw refusal(result)
    c.header('location', `/api/rooms/${room}/payments/${result.payment}`)
    c.header('cache-control', 'no-store')
    return c.json({ id: result.payment, state: 'accepted' as const }, 202)
  })

  app.openapi(statusRoute, async (c) => {
    const input = { ...c.req.valid('param'), account: requireSession(c).account }
    const { prefer, 'if-none-match': ifNoneMatch } = c.req.valid('header')
    const isKnown =
      ifNoneMatch === undefined ? undefined : (state: ShownState) => matchesEtag(ifNoneMatch, etagOf(state))
    const waitSeconds = Math.min(preferredWaitSeconds(prefer) ?? 0, deps.waitSecondsMax)
    const followed =
      waitSeconds > 0
        ? await deps.followPayment({
            ...input,
            waitMs: waitSeconds * 1000,
            isKnown,
            signal: c.req.raw.signal,
          })
        : { status: await deps.readPayment(input), waited: false }

    const { status: payment, waited } = followed
    if (payment === undefined) throw new Problem('not-found', 'There is no such payment')
    c.header('cache-control', 'no-store')
    c.header('etag', etagOf(payment.state))
    if (waited) c.header('preference-applied', `wait=${waitSeconds}`)
    return isKnown?.(payment.state) === true ? c.body(null, 304) : c.json(shown(payment), 200)
  })

  return app
}

/** A payment in a state has one representation: what else is told of it comes with the state. */
function etagOf(state: ShownState): string {
  return `"${state}"`
}

function shown({ id, state, orderId, reason, turnEnded }: PaymentStatus): z.output<typeof PaymentSchema> {
  return {
    id,
    state,
    ...(orderId === undefined ? {} : { order: orderId }),
    ...(reason === undefined ? {} : { reason }),
    ...(turnEnded === true ? { turnEnded } : {}),
  }
}

function malformedKey(): Problem {
  return new Problem(
    'bad-request',
    'The Idempotency-Key must be a string of 1 to 255 ASCII characters, as in "8e03"',
  )
}

function refusal(result: Exclude<AcceptPaymentResult, { status: 'accepted' }>): Problem {
  switch (result.status) {
    case 'key-reused':
      return new Problem('idempotency-key-reused')
    case 'paying':
      return new Problem('hold-paying', undefined, { members: { payment: result.payment } })
    case 'hold-changed':
      return new Problem('hold-changed', undefined, { members: { hold: shownHold(result.hold) } })
    case 'paused':
      return new Problem('payment-paused', undefined, {
        retryAfterSeconds: Math.ceil(result.retryMs / 1000),
      })
    case 'hold-missing':
      return new Problem('hold-missing')
    case 'hold-expired':
      return new Problem('hold-expired')
    case 'busy':
      return new Problem('busy', 'Too many payments are waiting; what you hold is kept', {
        retryAfterSeconds: 2,
      })
    case 'not-recorded':
      return new Problem('unavailable', 'Ask again with the same Idempotency-Key; nothing is paid twice', {
        retryAfterSeconds: 2,
      })
    case 'room-restored':
      return roomRestored()
    case 'room-absent':
      return roomAbsent()
  }
}
