import { hostname } from 'node:os'
import { createDatabase } from '../drizzle/database.ts'
import { createInternalApp, type Readiness } from '../shared/http/internal.ts'
import { listen } from '../shared/http/listen.ts'
import { createLogger } from '../shared/log.ts'
import { createMetrics, gauge, outcomeCounter } from '../shared/metrics.ts'
import { createBlockingRedis, createRedis } from '../shared/redis/client.ts'
import { createShutdown, exitOnSignals } from '../shared/shutdown.ts'
import { publicHalf } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createPasswords } from './accounts/passwords.ts'
import { createOriginApp } from './app.ts'
import { createCatalogueCopy } from './catalogue/catalogue.ts'
import { readOriginConfig } from './config.ts'
import { createHeart } from './health/heart.ts'
import { createSandboxProvider } from './payments/providers/sandbox.ts'
import { startPaymentWorker } from './payments/worker.ts'
import { startOriginWorkers } from './workers.ts'

const config = readOriginConfig({ ORIGIN_NAME: hostname(), ...process.env })
const log = createLogger('origin', config.logLevel)
const metrics = createMetrics({ service: 'origin', withProcess: true })
const readiness: Readiness = { ready: false }
const shutdown = createShutdown(log, config.shutdownStepMs)
const now = Date.now
let stopping = false

const redis = createRedis({ url: config.redisUrl, name: 'origin', log })
const { db, close: closeDatabase } = createDatabase({
  url: config.databaseUrl,
  connectionsMax: config.databaseConnectionsMax,
  waitingMax: config.databaseWaitingMax,
})
const { provider, close: closeProvider } = createSandboxProvider({
  url: config.providerUrl,
  timeoutMs: config.providerTimeoutMs,
  connectionsMax: config.chargesAtOnceMax,
})
const catalogue = createCatalogueCopy({ db, redis, log, festivalsMax: config.festivalsMax })
const verifier = { now, cacheMax: config.tokensCachedMax }

const app = createOriginApp({
  config,
  db,
  redis,
  catalogue,
  passwords: createPasswords(config.passwordsAtOnceMax, config.passwordsWaitingMax),
  verifiers: {
    pass: createTokenVerifier({ kind: 'pass', keys: config.passKeys, ...verifier }),
    session: createTokenVerifier({ kind: 'session', keys: [publicHalf(config.sessionKey)], ...verifier }),
    service: createTokenVerifier({ kind: 'service', keys: config.serviceKeys, ...verifier }),
  },
  signSession: createTokenSigner('session', config.sessionKey),
  metrics,
  now,
  log,
})
const countOutcome = outcomeCounter(
  metrics,
  'naru_payments_total',
  'Payments by how they ended or why they are open',
)

const heart = createHeart({
  redis,
  name: config.name,
  rooms: () => catalogue.current().map(({ room }) => room.id),
  limits: {
    cpuShareMax: config.healthCpuPercentMax / 100,
    loopDelayMsMax: config.healthLoopDelayMsMax,
    queueShareMax: config.healthQueuePercentMax / 100,
  },
  paymentsWaitingMax: config.paymentsWaitingMax,
})
gauge(
  metrics,
  'naru_origin_health',
  'How much of the usual rate this origin says it can take, 0 to 1',
  heart.health,
)

await redis.connect()
const workers = startOriginWorkers({
  config,
  redis,
  catalogue,
  heart,
  log,
  onCatalogue() {
    readiness.ready = !stopping
  },
  startPayments: (room) =>
    startPaymentWorker(
      {
        redis,
        openBlockingRedis: () => createBlockingRedis({ url: config.redisUrl, name: 'origin payments', log }),
        db,
        provider,
        now,
        log,
        countOutcome,
        consumer: config.name,
        batchMax: config.paymentsBatchMax,
        chargesAtOnceMax: config.chargesAtOnceMax,
        retryMs: config.paymentRetryMs,
        rememberSeconds: config.paymentRememberSeconds,
      },
      room,
    ),
})
const internal = await listen(createInternalApp({ metrics, readiness }), {
  hostname: config.host,
  port: config.internalPort,
  connectionsMax: 100,
})
const server = await listen(app, {
  hostname: config.host,
  port: config.port,
  connectionsMax: config.connectionsMax,
})
log.info({ port: server.port, internalPort: internal.port }, 'origin listens')

shutdown.step('not ready', () => {
  stopping = true
  readiness.ready = false
})
shutdown.step('close the listener', server.close)
shutdown.step('finish the work under way', workers.stop)
shutdown.step('close the provider', closeProvider)
shutdown.step('close MySQL', closeDatabase)
shutdown.step('close Redis', () => redis.quit())
shutdown.step('close the internal port', internal.close)
exitOnSignals(shutdown, log)
