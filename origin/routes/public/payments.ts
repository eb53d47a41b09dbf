import type { z } from '@hono/zod-openapi'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import {
  abandonPaymentRoute,
  completePaymentRoute,
  type PaymentSchema,
  payRoute,
  readPaymentRoute,
} from '../../../shared/api/payments.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { matchesEtag } from '../../../shared/http/etag.ts'
import type { FollowInput, FollowResult } from '../../payments/follow-payment.ts'
import type { PaymentStatus } from '../../payments/payment.ts'
import type { AcceptPaymentResult } from '../../payments/process/accept-payment.ts'
import type { PaymentCompletion } from '../../payments/process/complete-payment.ts'
import { type OriginEnv, requirePass, requireSession } from '../auth/principal.ts'
import { parseIdempotencyKey } from '../idempotency-key.ts'
import { preferredWaitSeconds } from '../prefer.ts'
import { createRequestsInFlight } from '../requests-in-flight.ts'
import { roomAbsent, roomRestored, shownHold } from './holds.ts'

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
  completion: PaymentCompletion
  /** The maximum wait for a change. */
  waitSecondsMax: number
  /** How many requests to pay are tracked while they are in process. */
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

  app.openapi(readPaymentRoute, async (c) => {
    const input = { ...c.req.valid('param'), account: requireSession(c).account }
    const { prefer, 'if-none-match': ifNoneMatch } = c.req.valid('header')
    const isKnown =
      ifNoneMatch === undefined
        ? undefined
        : (known: PaymentStatus) => matchesEtag(ifNoneMatch, etagOf(known))
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
    c.header('etag', etagOf(payment))
    if (waited) c.header('preference-applied', `wait=${waitSeconds}`)
    return isKnown?.(payment) === true ? c.body(null, 304) : c.json(shown(payment), 200)
  })

  app.openapi(completePaymentRoute, async (c) => {
    const input = { ...c.req.valid('param'), account: requireSession(c).account }
    const payment = await deps.completion.complete(input)
    if (payment === undefined) throw new Problem('not-found', 'There is no such payment')
    c.header('cache-control', 'no-store')
    c.header('etag', etagOf(payment))
    return c.json(shown(payment), 200)
  })

  app.openapi(abandonPaymentRoute, async (c) => {
    const input = { ...c.req.valid('param'), account: requireSession(c).account }
    const left = await deps.completion.leave(input)
    c.header('cache-control', 'no-store')
    switch (left.status) {
      case 'left':
        return c.body(null, 204)
      case 'ended':
        return c.json(shown(left.payment), 200)
      case 'missing':
        throw new Problem('not-found', 'There is no such payment')
      case 'unknown':
        throw new Problem('unavailable', 'The payment provider does not answer; nothing has changed', {
          retryAfterSeconds: 2,
        })
    }
  })

  return app
}

/**
 * A payment in a state has one representation, since all other fields follow from it; except that what its fan has to do
 * may become something of another kind.
 */
function etagOf({ state, required }: Pick<PaymentStatus, 'state' | 'required'>): string {
  return required === undefined ? `"${state}"` : `"${state}-${required.action.kind}"`
}

function shown({
  id,
  state,
  orderId,
  reason,
  required,
  turnEnded,
}: PaymentStatus): z.output<typeof PaymentSchema> {
  return {
    id,
    state,
    ...(orderId === undefined ? {} : { order: orderId }),
    ...(reason === undefined ? {} : { reason }),
    ...(required === undefined ? {} : { ...required, until: required.until.toISOString() }),
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
