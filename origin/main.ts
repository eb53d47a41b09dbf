import { hostname } from 'node:os'
import { createDatabase } from '../drizzle/database.ts'
import { createDatabaseProbe } from '../drizzle/database-probe.ts'
import { numberOrders } from '../drizzle/number-orders.ts'
import { createReadiness, startChecks } from '../shared/http/readiness.ts'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { checkRedis } from '../shared/redis/check-redis.ts'
import {
  beginConnecting,
  createBlockingRedis,
  createRedis,
  createSubscriber,
} from '../shared/redis/client.ts'
import { readRuns } from '../shared/redis/runs.ts'
import { configureOrExit } from '../shared/runtime/env.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { startLoop } from '../shared/runtime/loop.ts'
import { createMetrics, gauge, outcomeCounter } from '../shared/runtime/metrics.ts'
import { publicHalf, publicJwk } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createAccess } from './access/access.ts'
import { createEmailSecrets } from './accounts/email-secrets.ts'
import { openHashing } from './accounts/open-hashing.ts'
import { createPasswords, PASSWORD_QUEUE_MAX } from './accounts/passwords.ts'
import { restoreSessionEnds } from './accounts/restore-session-ends.ts'
import { createFactorKeys } from './accounts/second-factor/factor-keys.ts'
import { SESSION_SECONDS } from './accounts/session.ts'
import { createSessionChecks } from './accounts/session-checks.ts'
import { createOriginApp } from './app.ts'
import { startOriginWorkers } from './background.ts'
import { createCatalogueCopy } from './catalogue/catalogue.ts'
import { readOriginConfig } from './config.ts'
import { checkDatabase } from './heartbeat/check-database.ts'
import { checkOutdated } from './heartbeat/check-outdated.ts'
import { createHeartbeat } from './heartbeat/heartbeat.ts'
import { LOOP_DELAY_MS_MAX, QUEUE_SHARE_MAX } from './heartbeat/next-health.ts'
import { createOutcomeCounter } from './heartbeat/recent-outcomes.ts'
import { pruneKeys } from './idempotency/keyed-request.ts'
import { chooseImageStore } from './images/choose-image-store.ts'
import { removeOrphanedImages } from './images/orphaned-images.ts'
import { startEmail } from './notifications/start-email.ts'
import { createCancellations } from './orders/cancellations.ts'
import { finishCancellation } from './orders/finish-cancellation.ts'
import { backoffFrom } from './payments/backoff.ts'
import { createPaymentChanges } from './payments/payment-changes.ts'
import { PAYMENT_QUEUE_MAX } from './payments/process/accept-payment.ts'
import { PAYMENT_REMEMBER_SECONDS } from './payments/process/finish-payment.ts'
import { PAYMENT_ATTEMPTS_MAX } from './payments/process/payment-maker.ts'
import { createPaymentRecorder, PAYMENT_BATCH_MAX } from './payments/process/payment-recorder.ts'
import { followProvider, resolvePayment } from './payments/process/resolve-payment.ts'
import { startPaymentWorker } from './payments/process/worker.ts'
import { createProviderEvents } from './payments/provider-events.ts'
import { chooseProvider, PROVIDER_RETRIES_MAX } from './payments/providers/choose-provider.ts'
import { reconcile } from './payments/reconcile/reconcile.ts'
import {
  RECONCILE_CONCURRENCY,
  RECONCILE_LOOKBACK_MS,
  RECONCILE_ROWS_MAX,
} from './payments/reconcile/reconcile-part.ts'
import { takeReconcileTurn } from './payments/reconcile/reconcile-turn.ts'
import { archiveRooms } from './rooms/archive-rooms.ts'
import { createCheckpoints } from './rooms/checkpoint.ts'
import { ROOM_KEPT_MS } from './rooms/rebuild-room.ts'
import { createTicketReader, createTicketSigner } from './tickets/ticket-text.ts'

/** Of provider events, images and idempotency keys that are no longer used. */
const PRUNE_EVERY_MS = 600_000
/** How soon a Redis that was replaced has the revoked sessions. */
const SESSION_ENDS_EVERY_MS = 2000

const config = configureOrExit((env) => readOriginConfig(env, hostname()), {
  env: process.env,
  guide: 'origin/CONFIGURATION.md',
})
const log = createLogger('origin', config.logLevel)
const metrics = createMetrics({ service: 'origin', withProcess: true })
const readiness = createReadiness()
const now = Date.now

const redisOptions = { url: config.redisUrl, log }
const redis = createRedis({ ...redisOptions, name: 'origin' })
const { db, close: closeDatabase } = createDatabase({
  url: config.databaseUrl,
  connectionsMax: config.databaseConnectionsMax,
})
const catalogue = createCatalogueCopy({
  db,
  redis,
  log,
  restoreMs: config.restoreMs,
  keeping: { origin: config.name, keptMs: ROOM_KEPT_MS },
})
const outcomes = createOutcomeCounter(now)
const heartbeat = createHeartbeat({
  redis,
  name: config.name,
  rooms: () => catalogue.current().map(({ room }) => room.id),
  limits: {
    cpuShareMax: config.cpuShareMax,
    machineCpuShareMax: config.machineCpuShareMax,
    loopDelayMsMax: LOOP_DELAY_MS_MAX,
    queueShareMax: QUEUE_SHARE_MAX,
  },
  paymentsQueueMax: PAYMENT_QUEUE_MAX,
  outcomes,
})
const secrets = createEmailSecrets(config.sessionKey.key)
const signTicket = createTicketSigner(config.ticketKey)
const email = startEmail({ config, db, now, log, metrics, secrets, signTicket, pressure: heartbeat.pressure })
const queueEmails = email.app.mail?.queue
const { provider, readEvent, close: closeProvider } = await chooseProvider(config, now)
const events = createProviderEvents({
  db,
  now,
  onPayment: (payment) =>
    followProvider(
      { redis, db, provider, now, queueEmails, rememberSeconds: PAYMENT_REMEMBER_SECONDS },
      payment,
    ),
})
const cancellations = createCancellations({
  finish: (order) => finishCancellation({ db, redis, provider, now }, order),
  log,
})
const changesRedis = createSubscriber({ ...redisOptions, name: 'origin changes' })
const paymentChanges = createPaymentChanges({ subscriber: changesRedis })
const paymentRecorder = createPaymentRecorder({ db, now })
const { images, close: closeImages } = await chooseImageStore(config.images)
const hashing = openHashing()
const ticketKeys = [publicHalf(config.ticketKey), ...config.previousTicketKeys]

const app = createOriginApp({
  config,
  db,
  redis,
  catalogue,
  cancellations,
  paymentChanges,
  paymentRecorder,
  provider,
  ...(readEvent === undefined ? {} : { webhooks: { readEvent, receiveEvent: events.receive } }),
  images,
  passwords: createPasswords(config.passwordConcurrency, PASSWORD_QUEUE_MAX, hashing),
  sessionChecks: createSessionChecks({ db, now }),
  ...email.app,
  emailSecrets: secrets,
  factorKeys: createFactorKeys(config.sessionKey.key),
  verifiers: {
    pass: createTokenVerifier({ kind: 'pass', keys: config.passKeys, now }),
    session: createTokenVerifier({ kind: 'session', keys: [publicHalf(config.sessionKey)], now }),
    service: createTokenVerifier({ kind: 'service', keys: config.serviceKeys, now }),
  },
  access: createAccess(db),
  signSession: createTokenSigner('session', config.sessionKey),
  signTicket,
  readTicketText: createTicketReader(ticketKeys),
  ticketJwks: ticketKeys.map(publicJwk),
  metrics,
  now,
  log,
})
const countOutcome = outcomeCounter(
  metrics,
  'naru_payments_total',
  'Payments by how they ended or why they are open',
)
const countFinding = outcomeCounter(
  metrics,
  'naru_reconcile_findings_total',
  'What reconciling found, repaired or listed',
)

const chargeMsMax = config.providerTimeoutMs * (PROVIDER_RETRIES_MAX + 1)

async function reconcileInTurn(): Promise<void> {
  if (!(await takeReconcileTurn(redis, config.name, config.reconcileIntervalMs))) return
  // Long after a worker may begin a charge: by then none is in process.
  const giveUpMs = config.paymentExpireSeconds * 1000 + 10 * chargeMsMax
  const resolving = { redis, db, provider, now, queueEmails, rememberSeconds: PAYMENT_REMEMBER_SECONDS }
  await reconcile(
    {
      ...{ db, redis, provider, now, queueEmails, log, countFinding },
      resolvePayment: (payment) => resolvePayment(resolving, payment),
      limits: {
        restMs: config.reconcileIntervalMs / 3,
        ...{ giveUpMs, rowsMax: RECONCILE_ROWS_MAX, concurrencyMax: RECONCILE_CONCURRENCY },
      },
    },
    new Date(now() - RECONCILE_LOOKBACK_MS),
  )
}

gauge(
  metrics,
  'naru_origin_health',
  'How much of the usual rate this origin says it can take, 0 to 1',
  heartbeat.health,
)
gauge(
  metrics,
  'naru_origin_loop_busy_share',
  'Of the last heartbeat, the share of time that the event loop was busy, 0 to 1',
  () => heartbeat.load()?.loopBusyShare ?? 0,
)

beginConnecting(redis)
beginConnecting(changesRedis)
const workers = startOriginWorkers({
  config,
  redis,
  catalogue,
  heartbeat,
  log,
  metrics,
  onCatalogue: readiness.set,
  checkpoints: createCheckpoints({ db, redis }),
  archive: () => archiveRooms({ db, redis, now, log, origin: config.name, catalogue }),
  numberOrders: () => numberOrders(db),
  reconcile: reconcileInTurn,
  cancellations,
  startPayments: (room) =>
    startPaymentWorker(
      {
        redis,
        openBlockingRedis: (key) =>
          createBlockingRedis({ ...redisOptions, name: 'origin payments' }, { redis, key }),
        db,
        provider,
        now,
        queueEmails,
        log,
        untilRecorded: paymentRecorder.untilRecorded,
        countOutcome: (outcome) => {
          countOutcome(outcome)
          outcomes.count(room, outcome)
        },
        consumer: config.name,
        batchMax: PAYMENT_BATCH_MAX,
        chargeConcurrency: config.chargeConcurrency,
        backoff: backoffFrom(config.paymentRetryMs),
        attemptsMax: PAYMENT_ATTEMPTS_MAX,
        expireMs: config.paymentExpireSeconds * 1000,
        // A charge and its look-up, each retried after the timeout, and as long again for differing clocks.
        expireMarginMs: 3 * chargeMsMax,
        rememberSeconds: PAYMENT_REMEMBER_SECONDS,
      },
      room,
    ),
})
const pruning = startLoop({
  name: 'provider events',
  intervalMs: PRUNE_EVERY_MS,
  log,
  run: events.prune,
})
const imageRemoval = startLoop({
  name: 'orphaned images',
  intervalMs: PRUNE_EVERY_MS,
  log,
  run: () => removeOrphanedImages({ db, images, now }),
})
const keyPruning = startLoop({
  name: 'idempotency keys',
  intervalMs: PRUNE_EVERY_MS,
  log,
  run: () => pruneKeys(db, new Date(now())),
})
const sessionEnds = startLoop({
  name: 'session ends',
  intervalMs: SESSION_ENDS_EVERY_MS,
  log,
  run: () =>
    restoreSessionEnds({
      db,
      redis,
      now,
      sessionSeconds: SESSION_SECONDS,
      readRuns: async () => (await readRuns(redis)).all(),
    }),
})
const probe = createDatabaseProbe({ url: config.databaseUrl })
const checks = startChecks({
  checks: [checkRedis(redis), checkDatabase(probe), checkOutdated(catalogue)],
  readiness,
  log,
})
await serveUntilStopped({
  service: 'origin',
  app,
  config,
  metrics,
  // Requests that wait for a payment's change are answered, and the listener closes immediately.
  readiness: {
    ...readiness,
    stop() {
      readiness.stop()
      paymentChanges.close()
    },
  },
  log,
  steps: [
    { name: 'finish looking at the stores', run: checks.stop },
    { name: 'close what looks at MySQL', run: probe.close },
    { name: 'finish the work under way', run: workers.stop },
    { name: 'finish forgetting events', run: pruning.stop },
    { name: 'finish deleting idempotency keys', run: keyPruning.stop },
    { name: 'finish removing images', run: imageRemoval.stop },
    { name: 'finish telling session ends', run: sessionEnds.stop },
    { name: 'finish the e-mails being sent', run: email.stop },
    { name: 'end the process that hashes passwords', run: hashing.close },
    { name: 'close the provider', run: closeProvider },
    { name: 'close the store of images', run: closeImages },
    { name: 'close MySQL', run: closeDatabase },
    { name: 'close Redis', run: () => redis.quit() },
  ],
})
