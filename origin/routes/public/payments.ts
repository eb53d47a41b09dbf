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
  app.route('/', createPayRoute(deps))

  app.openapi(readPaymentRoute, async (c) => {
    const input = { ...c.req.valid('param'), account: requireSession(c).account }
    const { prefer, 'if-none-match': ifNoneMatch } = c.req.valid('header')
    const isKnown =
      ifNoneMatch === undefined
        ? undefined
        : (known: PaymentStatus) => matchesEtag(ifNoneMatch, etagOf(known))
    const waitSeconds = waitSecondsOf(deps, prefer)
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

function createPayRoute(deps: PaymentRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()
  const requests = createRequestsInFlight(deps.requestsMax)

  app.openapi(payRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { account, passId, epoch } = requirePass(c, room)
    const idempotencyKey = requireKey(c.req.valid('header')['idempotency-key'])
    const handled = await requests.run(JSON.stringify([room, account, idempotencyKey]), () =>
      deps.acceptPayment({ room, account, passId, epoch, ...c.req.valid('json'), idempotencyKey }),
    )
    if (handled.status === 'in-flight') {
      throw new Problem('request-in-flight', undefined, { retryAfterSeconds: 1 })
    }
    const result = handled.value
    if (result.status !== 'accepted') throw refusal(result)
    const { payment } = result
    c.header('location', `/api/rooms/${room}/payments/${payment}`)
    c.header('cache-control', 'no-store')
    const waitSeconds = waitSecondsOf(deps, c.req.valid('header').prefer)
    if (waitSeconds === 0) return c.json({ id: payment, state: 'accepted' as const }, 202)
    // Outside `requests`: a repeated request waits too, instead of being refused as in process.
    const { status, waited } = await followAccepted(deps, {
      ...{ room, account, payment, waitMs: waitSeconds * 1000 },
      ...{ isKnown: isUnderWay, signal: c.req.raw.signal },
    })
    if (waited) c.header('preference-applied', `wait=${waitSeconds}`)
    if (status === undefined) return c.json({ id: payment, state: 'accepted' as const }, 202)
    c.header('etag', etagOf(status))
    return c.json(shown(status), isUnderWay(status) ? 202 : 200)
  })

  return app
}

function waitSecondsOf({ waitSecondsMax }: PaymentRoutesDeps, prefer: string | undefined): number {
  return Math.min(preferredWaitSeconds(prefer) ?? 0, waitSecondsMax)
}

/** The payment is accepted whether or not it can be read just now, so a failed read is no error of the request. */
async function followAccepted(
  deps: PaymentRoutesDeps,
  input: Parameters<PaymentRoutesDeps['followPayment']>[0],
): Promise<FollowResult> {
  try {
    return await deps.followPayment(input)
  } catch {
    return { status: undefined, waited: false }
  }
}

/** Whether only time is needed: neither is the outcome known, nor has the fan anything to do. */
function isUnderWay({ state }: PaymentStatus): boolean {
  return state === 'accepted' || state === 'charging' || state === 'paid'
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

function requireKey(header: string | undefined): string {
  if (header === undefined) throw new Problem('idempotency-key-missing')
  const key = parseIdempotencyKey(header)
  if (key !== undefined) return key
  throw new Problem(
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
