import { hostname } from 'node:os'
import { createDatabase } from '../drizzle/database.ts'
import { createReadiness } from '../shared/http/internal.ts'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { createLogger } from '../shared/log.ts'
import { createMetrics, gauge, outcomeCounter } from '../shared/metrics.ts'
import { beginConnecting, createBlockingRedis, createRedis } from '../shared/redis/client.ts'
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
const readiness = createReadiness()
const now = Date.now

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

beginConnecting(redis)
const workers = startOriginWorkers({
  config,
  redis,
  catalogue,
  heart,
  log,
  onCatalogue: readiness.set,
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
await serveUntilStopped({
  service: 'origin',
  app,
  config,
  metrics,
  readiness,
  log,
  steps: [
    { name: 'finish the work under way', run: workers.stop },
    { name: 'close the provider', run: closeProvider },
    { name: 'close MySQL', run: closeDatabase },
    { name: 'close Redis', run: () => redis.quit() },
  ],
})
