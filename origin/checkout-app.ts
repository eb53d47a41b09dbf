import { createOpenApiApp } from '../shared/api/openapi.ts'
import { GIVEN_UP } from '../shared/expiry-reasons.ts'
import type { OriginContext } from './context.ts'
import { readHold } from './holds/read-hold.ts'
import { releaseHold } from './holds/release-hold.ts'
import { takeHold } from './holds/take-hold.ts'
import { type CancelOrderInput, cancelOrder } from './orders/cancel-order.ts'
import {
  findAnyOrder,
  findFestivalOfOrder,
  findOrder,
  findOrderSummaries,
  findOrders,
} from './orders/find-orders.ts'
import { findPurchase } from './orders/find-purchase.ts'
import { findRefundable } from './orders/find-refundable.ts'
import { type RefundInPartInput, refundInPart } from './orders/refund-in-part.ts'
import { findRefunds } from './payments/find-refunds.ts'
import { followPayment } from './payments/follow-payment.ts'
import { createPaymentReader, type ReadPayment } from './payments/payment-reader.ts'
import { acceptPayment } from './payments/process/accept-payment.ts'
import { createPaymentCompletion, type PaymentCompletion } from './payments/process/complete-payment.ts'
import { endWaiting } from './payments/process/end-waiting.ts'
import { resolvePayment } from './payments/process/resolve-payment.ts'
import { readPayment as lookPaymentUp } from './payments/read-payment.ts'
import { createAdminOrderRoutes } from './routes/admin/admin-orders.ts'
import { createRefundRoutes } from './routes/admin/refunds.ts'
import type { OriginEnv } from './routes/auth/principal.ts'
import { createHoldRoutes } from './routes/public/holds.ts'
import { createOrderRoutes } from './routes/public/orders.ts'
import { createPaymentRoutes } from './routes/public/payments.ts'

/** The part of the API by which fans hold units, pay for them, and see and cancel what they have bought. */
export function createCheckoutApp(deps: OriginContext) {
  const { db, redis, now, config, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  const readPayment = createPaymentReader({
    read: (input) => lookPaymentUp(deps, input),
    changes: deps.paymentChanges,
    cachedMax: limits.paymentsCachedMax,
  })
  app.route(
    '/',
    createHoldRoutes({
      takeHold: (input) => takeHold(redis, input),
      readHold: (input) => readHold(redis, input),
      releaseHold: (input) => releaseHold(redis, input),
    }),
  )
  app.route(
    '/',
    createPaymentRoutes({
      acceptPayment: (input) =>
        acceptPayment(
          {
            ...{ redis, db, recorder: deps.paymentRecorder },
            ...{ rememberSeconds: limits.idempotencySeconds, queueMax: limits.paymentQueueMax },
          },
          input,
        ),
      readPayment,
      followPayment: ({ room, account, ...input }) => {
        const read = () => readPayment({ room, account, payment: input.payment })
        return followPayment({ changes: deps.paymentChanges, now, read }, input)
      },
      completion: composeCompletion(deps, readPayment),
      waitSecondsMax: limits.paymentWaitSecondsMax,
      requestsMax: config.connectionsMax,
    }),
  )
  app.route('/', createOrdersApp(deps))
  return app
}

function composeCompletion(deps: OriginContext, read: ReadPayment): PaymentCompletion {
  const { limits, mail } = deps
  const resolving = { ...deps, queueEmails: mail?.queue, rememberSeconds: limits.paymentRememberSeconds }
  return createPaymentCompletion({
    read,
    now: deps.now,
    resolve: (payment) => resolvePayment(resolving, payment),
    giveUp: (payment) => endWaiting(resolving, payment, { reason: GIVEN_UP, keepsHold: true }),
  })
}

function createOrdersApp(deps: OriginContext) {
  const { db, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  app.route(
    '/',
    createOrderRoutes({
      findOrders: (account) => findOrders(deps, account, limits.ordersShownMax),
      findOrderSummaries: (account) => findOrderSummaries(deps, account, limits.ordersShownMax),
      findOrder: (account, order) => findOrder(deps, account, order),
      findPurchase: (of) => findPurchase(db, of),
      cancelOrder: cancel,
    }),
  )
  app.route(
    '/',
    createRefundRoutes({ findRefunds: (account) => findRefunds(db, account, limits.ordersShownMax) }),
  )
  app.route(
    '/',
    createAdminOrderRoutes({
      findFestivalOfOrder: (order) => findFestivalOfOrder(db, order),
      findAnyOrder: (order) => findAnyOrder(deps, order),
      cancelOrder: cancel,
      findRefundable: (order) => findRefundable(db, order),
      refundInPart: refund,
    }),
  )
  return app

  /** Resolves once the order can never be owned again; refund and units follow in the background. */
  async function cancel(input: CancelOrderInput) {
    const result = await cancelOrder({ ...deps, queueEmails: deps.mail?.queue }, input)
    if (result.status === 'cancelling') deps.cancellations.take(input.order)
    return result
  }

  /** Resolves once the refund is recorded; the provider is asked in the background. */
  async function refund(input: RefundInPartInput) {
    const result = await refundInPart({ ...deps, queueEmails: deps.mail?.queue }, input)
    if (result.status === 'refunding') deps.refunds.take(result.refund)
    return result
  }
}
