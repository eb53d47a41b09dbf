import type { Database } from '../drizzle/database.ts'
import type { Redis } from '../shared/redis/client.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import { type Metrics, outcomeCounter } from '../shared/runtime/metrics.ts'
import type { OriginConfig } from './config.ts'
import type { QueueEmails } from './email/queue-emails.ts'
import type { OutcomeCounter } from './heartbeat/recent-outcomes.ts'
import { finishCancellation } from './orders/finish-cancellation.ts'
import { finishRefund } from './orders/finish-refund.ts'
import { createFinishing } from './orders/finishing.ts'
import { backoffFrom } from './payments/backoff.ts'
import { createPaymentChanges } from './payments/payment-changes.ts'
import { endWaiting, NOT_DONE_IN_TIME } from './payments/process/end-waiting.ts'
import { PAYMENT_ATTEMPTS_MAX } from './payments/process/failed-payment.ts'
import { PAYMENT_REMEMBER_SECONDS } from './payments/process/finish-payment.ts'
import {
  createPaymentRecorder,
  PAYMENT_BATCH_MAX,
  type PaymentRecorder,
} from './payments/process/payment-recorder.ts'
import { followProvider, type ResolveDeps, resolvePayment } from './payments/process/resolve-payment.ts'
import { createWaitingSweep, takeActionsTurn } from './payments/process/sweep-waiting.ts'
import { type PaymentWorker, startPaymentWorker } from './payments/process/worker.ts'
import { createProviderEvents } from './payments/provider-events.ts'
import { type ChosenProvider, PROVIDER_RETRIES_MAX } from './payments/providers/choose-provider.ts'
import { reconcile } from './payments/reconcile/reconcile.ts'
import {
  RECONCILE_CONCURRENCY,
  RECONCILE_LOOKBACK_MS,
  RECONCILE_ROWS_MAX,
} from './payments/reconcile/reconcile-part.ts'
import { takeReconcileTurn } from './payments/reconcile/reconcile-turn.ts'

export type PaymentsDeps = {
  config: OriginConfig
  stores: {
    db: Database
    redis: Redis
    /** A connection for messages only. */
    changesRedis: Redis
    /** Opens a connection for one payment worker, to block on this key. */
    openBlockingRedis: (key: string) => Redis
  }
  chosenProvider: ChosenProvider
  /** Missing where no e-mails are sent. */
  queueEmails: QueueEmails | undefined
  /** The outcomes of this origin's payments, which organisers see. */
  outcomes: Pick<OutcomeCounter, 'count'>
  metrics: Metrics
  now: Clock
  log: Logger
}

export type Payments = ReturnType<typeof composePayments>

/** Composes everything that handles payments: for the HTTP API and for background work. */
export function composePayments(deps: PaymentsDeps) {
  const { stores, now, log, queueEmails } = deps
  const { db, redis } = stores
  const { provider, readEvent } = deps.chosenProvider
  const resolving = { redis, db, provider, now, queueEmails, rememberSeconds: PAYMENT_REMEMBER_SECONDS }
  const recorder = createPaymentRecorder({ db, now })
  const events = createProviderEvents({
    ...{ db, now },
    onPayment: (payment) => followProvider(resolving, payment),
  })
  const finishing = { redis, db, provider, now, queueEmails }
  const cancellations = createFinishing({
    what: 'cancellation',
    finish: (order) => finishCancellation(finishing, order),
    log,
  })
  const refunds = createFinishing({
    what: 'refund',
    finish: (refund) => finishRefund(finishing, refund),
    log,
  })
  return {
    app: {
      provider,
      cancellations,
      refunds,
      paymentRecorder: recorder,
      paymentChanges: createPaymentChanges({ subscriber: stores.changesRedis }),
      ...(readEvent === undefined
        ? {}
        : { webhooks: { provider: deps.config.provider.name, readEvent, receiveEvent: events.receive } }),
    },
    background: {
      cancellations,
      refunds,
      startPayments: composeWorkers(deps, resolving, recorder),
      reconcile: composeReconcile(deps, resolving),
      sweepWaiting: composeSweep(deps, resolving),
    },
    pruneEvents: events.prune,
  }
}

/** Starts the payment worker of a room. */
function composeWorkers(
  { config, stores, outcomes, metrics, log }: PaymentsDeps,
  resolving: ResolveDeps,
  recorder: Pick<PaymentRecorder, 'untilRecorded'>,
): (room: string) => PaymentWorker {
  const countOutcome = outcomeCounter(
    metrics,
    'naru_payments_total',
    'Payments by how they ended or why they are open',
  )
  const settings = {
    ...resolving,
    openBlockingRedis: stores.openBlockingRedis,
    log,
    publicUrl: config.publicUrl,
    untilRecorded: recorder.untilRecorded,
    consumer: config.name,
    batchMax: PAYMENT_BATCH_MAX,
    chargeConcurrency: config.chargeConcurrency,
    backoff: backoffFrom(config.paymentRetryMs),
    attemptsMax: PAYMENT_ATTEMPTS_MAX,
    expireMs: config.paymentExpireSeconds * 1000,
    // A charge and its look-up, each retried after the timeout, and as long again for differing clocks.
    expireMarginMs: 3 * chargeMsMax(config),
  }
  return (room) =>
    startPaymentWorker(
      {
        ...settings,
        countOutcome(outcome) {
          countOutcome(outcome)
          outcomes.count(room, outcome)
        },
      },
      room,
    )
}

/** Ends payments whose fans did not act in time, unless another origin does so now. */
function composeSweep({ config, metrics, log }: PaymentsDeps, resolving: ResolveDeps): () => Promise<void> {
  const sweep = createWaitingSweep({
    ...{ db: resolving.db, now: resolving.now, log },
    end: (payment) => endWaiting(resolving, payment, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
    finish: (payment) => resolvePayment(resolving, payment),
    countOutcome: outcomeCounter(
      metrics,
      'naru_payment_actions_total',
      'Payments whose fans did not act in time, by what came of it',
    ),
  })
  return async () => {
    if (await takeActionsTurn(resolving.redis, config.name)) await sweep()
  }
}

/** Compares the provider's ledger with payments and orders, unless another origin has done so. */
function composeReconcile(
  { config, metrics, log }: PaymentsDeps,
  resolving: ResolveDeps,
): () => Promise<void> {
  const { redis, now } = resolving
  const countFinding = outcomeCounter(
    metrics,
    'naru_reconcile_findings_total',
    'What reconciling found, repaired or listed',
  )
  const reconciling = {
    ...resolving,
    ...{ log, countFinding },
    resolvePayment: (payment: string) => resolvePayment(resolving, payment),
    endWaiting: (payment: string) =>
      endWaiting(resolving, payment, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
    limits: {
      restMs: config.reconcileIntervalMs / 3,
      // Long after a worker may begin a charge: by then none is in process.
      abandonMs: config.paymentExpireSeconds * 1000 + 10 * chargeMsMax(config),
      rowsMax: RECONCILE_ROWS_MAX,
      concurrencyMax: RECONCILE_CONCURRENCY,
    },
  }
  return async () => {
    if (!(await takeReconcileTurn(redis, config.name, config.reconcileIntervalMs))) return
    await reconcile(reconciling, new Date(now() - RECONCILE_LOOKBACK_MS))
  }
}

function chargeMsMax(config: Pick<OriginConfig, 'providerTimeoutMs'>): number {
  return config.providerTimeoutMs * (PROVIDER_RETRIES_MAX + 1)
}
