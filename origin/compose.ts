import { createDatabase } from '../drizzle/database.ts'
import { createDatabaseProbe } from '../drizzle/database-probe.ts'
import { numberOrders } from '../drizzle/number-orders.ts'
import { createReadiness, type Readiness, startChecks } from '../shared/http/readiness.ts'
import type { Service } from '../shared/http/serve.ts'
import { measureTroubles } from '../shared/http/trouble-metrics.ts'
import { checkRedis } from '../shared/redis/check-redis.ts'
import {
  beginConnecting,
  createBlockingRedis,
  createRedis,
  createSubscriber,
  type Redis,
} from '../shared/redis/client.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import { createMetrics, gauge, type Metrics } from '../shared/runtime/metrics.ts'
import type { ShutdownStep } from '../shared/runtime/shutdown.ts'
import { publicHalf, publicJwk } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createAccess } from './access/access.ts'
import { createEmailSecrets } from './accounts/email-secrets.ts'
import { openHashing } from './accounts/open-hashing.ts'
import { createPasswords, PASSWORD_QUEUE_MAX } from './accounts/passwords.ts'
import { createFactorKeys } from './accounts/second-factor/factor-keys.ts'
import { createSessionChecks } from './accounts/session-checks.ts'
import { createOriginApp } from './app.ts'
import { startOriginWorkers, startPruning } from './background.ts'
import { type CachedCatalogue, type CatalogueCopy, createCatalogueCopy } from './catalogue/catalogue.ts'
import { composePayments, type Payments } from './compose-payments.ts'
import type { OriginConfig } from './config.ts'
import { checkDatabase } from './heartbeat/check-database.ts'
import { checkOutdated } from './heartbeat/check-outdated.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat/heartbeat.ts'
import { LOOP_DELAY_MS_MAX, QUEUE_SHARE_MAX } from './heartbeat/next-health.ts'
import { createOutcomeCounter, type OutcomeCounter } from './heartbeat/recent-outcomes.ts'
import { chooseImageStore } from './images/choose-image-store.ts'
import type { ImageStore } from './images/image-store.ts'
import { startEmail } from './notifications/start-email.ts'
import type { PaymentChanges } from './payments/payment-changes.ts'
import { PAYMENT_QUEUE_MAX } from './payments/process/accept-payment.ts'
import { chooseProvider } from './payments/providers/choose-provider.ts'
import { archiveRooms } from './rooms/archive-rooms.ts'
import { createCheckpoints } from './rooms/checkpoint.ts'
import { ROOM_MAINTAINED_MS } from './rooms/rebuild-room.ts'
import { createTicketReader, createTicketSigner } from './tickets/ticket-text.ts'

/** The size of the pool of connections to MySQL. */
const DATABASE_CONNECTIONS_MAX = 10
/** Above this use of the processors that it runs on, the origin admits fewer fans. */
const CPU_SHARE_MAX = 0.7

/** Composes one process of the origin and starts its background work. */
export async function composeOrigin(config: OriginConfig, log: Logger): Promise<Service> {
  const now = Date.now
  const metrics = createMetrics({ service: 'origin', withProcess: true })
  const readiness = createReadiness()
  measureTroubles(metrics, readiness.report)
  const stores = openStores(config, log)
  const { db, redis } = stores
  const catalogue = createCatalogueCopy({
    ...{ db, redis, log },
    restoreMs: config.restoreMs,
    maintenance: { origin: config.name, maintainedMs: ROOM_MAINTAINED_MS },
  })
  const outcomes = createOutcomeCounter(now)
  const heartbeat = composeHeartbeat({ config, redis, catalogue, outcomes, metrics })
  const tokens = composeTokens(config, now)
  const secrets = createEmailSecrets(config.sessionKeys[0].key)
  const email = startEmail({
    ...{ config, db, now, log, metrics, secrets },
    signTicket: tokens.signTicket,
    pressure: heartbeat.pressure,
  })
  const { chosenProvider, chosenImages, hashing } = await openHelpers(config, now)
  const { images } = chosenImages
  const payments = composePayments({
    ...{ config, stores, chosenProvider, outcomes, metrics, now, log },
    queueEmails: email.app.mail?.queue,
  })
  const app = createOriginApp({
    ...{ config, db, redis, catalogue, images, metrics, now, log },
    ...tokens,
    ...email.app,
    ...payments.app,
    passwords: createPasswords(config.passwordConcurrency, PASSWORD_QUEUE_MAX, hashing),
    sessionChecks: createSessionChecks({ db, now }),
    emailSecrets: secrets,
    factorKeys: createFactorKeys(config.sessionKeys.map(({ key }) => key)),
    access: createAccess(db),
  })

  const background = startBackground({
    ...{ config, stores, catalogue, heartbeat, payments, images, readiness, metrics, now, log },
  })
  return {
    app,
    metrics,
    readiness: endingWaits(readiness, payments.app.paymentChanges),
    steps: [
      ...background.steps,
      { name: 'finish the e-mails being sent', run: email.stop },
      { name: 'end the process that hashes passwords', run: hashing.close },
      { name: 'close the provider', run: chosenProvider.close },
      { name: 'close the store of images', run: chosenImages.close },
      { name: 'close MySQL', run: stores.closeDatabase },
      { name: 'close Redis', run: () => redis.quit() },
    ],
  }
}

type Stores = ReturnType<typeof openStores>

/** The clients of MySQL and Redis; those of Redis connect when the background work starts. */
function openStores(config: OriginConfig, log: Logger) {
  const redisOptions = { url: config.redisUrl, log }
  const redis = createRedis({ ...redisOptions, name: 'origin' })
  const { db, close: closeDatabase } = createDatabase({
    url: config.databaseUrl,
    connectionsMax: DATABASE_CONNECTIONS_MAX,
  })
  return {
    redis,
    changesRedis: createSubscriber({ ...redisOptions, name: 'origin changes' }),
    openBlockingRedis: (key: string) =>
      createBlockingRedis({ ...redisOptions, name: 'origin payments' }, { redis, key }),
    db,
    closeDatabase,
  }
}

/** The heartbeat, and gauges of what it measures. */
function composeHeartbeat(deps: {
  config: OriginConfig
  redis: Redis
  catalogue: CatalogueCopy
  outcomes: OutcomeCounter
  metrics: Metrics
}): Heartbeat {
  const { config, redis, catalogue, outcomes, metrics } = deps
  const heartbeat = createHeartbeat({
    redis,
    name: config.name,
    rooms: () => catalogue.current().map(({ room }) => room.id),
    limits: {
      cpuShareMax: CPU_SHARE_MAX,
      machineCpuShareMax: config.machineCpuShareMax,
      loopDelayMsMax: LOOP_DELAY_MS_MAX,
      queueShareMax: QUEUE_SHARE_MAX,
    },
    paymentsQueueMax: PAYMENT_QUEUE_MAX,
    outcomes,
  })
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
  return heartbeat
}

/** What signs and verifies tokens and tickets, with the configured keys. */
function composeTokens(config: OriginConfig, now: Clock) {
  const ticketKeys = [publicHalf(config.ticketKey), ...config.previousTicketKeys]
  return {
    verifiers: {
      pass: createTokenVerifier({ kind: 'pass', keys: config.passKeys, now }),
      session: createTokenVerifier({ kind: 'session', keys: config.sessionKeys.map(publicHalf), now }),
      service: createTokenVerifier({ kind: 'service', keys: config.serviceKeys, now }),
    },
    signSession: createTokenSigner('session', config.sessionKeys[0]),
    signTicket: createTicketSigner(config.ticketKey),
    readTicketText: createTicketReader(ticketKeys),
    ticketJwks: ticketKeys.map(publicJwk),
  }
}

/** The payment provider, the store of images, and the process that hashes passwords. */
async function openHelpers(config: OriginConfig, now: Clock) {
  const chosenProvider = await chooseProvider(config, now)
  const chosenImages = await chooseImageStore(config.images)
  return { chosenProvider, chosenImages, hashing: openHashing() }
}

/** Connects to Redis and starts everything that runs without a request; the steps stop it. */
function startBackground(deps: {
  config: OriginConfig
  stores: Stores
  catalogue: CachedCatalogue
  heartbeat: Heartbeat
  payments: Payments
  images: ImageStore
  readiness: Readiness
  metrics: Metrics
  now: Clock
  log: Logger
}): { steps: ShutdownStep[] } {
  const { config, catalogue, heartbeat, payments, images, readiness, metrics, now, log } = deps
  const { db, redis, changesRedis } = deps.stores
  beginConnecting(redis)
  beginConnecting(changesRedis)
  const workers = startOriginWorkers({
    ...{ config, redis, catalogue, heartbeat, log, metrics },
    ...payments.background,
    onCatalogue: readiness.set,
    checkpoints: createCheckpoints({ db, redis }),
    archive: () => archiveRooms({ db, redis, now, log, origin: config.name, catalogue }),
    numberOrders: () => numberOrders(db),
  })
  const pruning = startPruning({ db, redis, images, now, log, pruneEvents: payments.pruneEvents })
  const probe = createDatabaseProbe({ url: config.databaseUrl })
  const checks = startChecks({
    checks: [checkRedis(redis), checkDatabase(probe), checkOutdated(catalogue)],
    readiness,
    log,
  })
  return {
    steps: [
      { name: 'finish looking at the stores', run: checks.stop },
      { name: 'close what looks at MySQL', run: probe.close },
      { name: 'finish the work under way', run: workers.stop },
      ...pruning.steps,
    ],
  }
}

/** Answers requests that wait for a payment's change when the process stops, so that the listener closes immediately. */
function endingWaits(readiness: Readiness, paymentChanges: Pick<PaymentChanges, 'close'>): Readiness {
  return {
    ...readiness,
    stop() {
      readiness.stop()
      paymentChanges.close()
    },
  }
}
