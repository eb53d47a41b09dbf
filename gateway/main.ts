import { createBoundedQueue } from '../shared/bounded-queue.ts'
import { createReadiness } from '../shared/http/internal.ts'
import { serveUntilStopped } from '../shared/http/serve.ts'
import { createLogger } from '../shared/log.ts'
import { startLoop } from '../shared/loop.ts'
import { createMetrics } from '../shared/metrics.ts'
import { beginConnecting, createRedis } from '../shared/redis/client.ts'
import { publicHalf, publicJwk } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createGatewayApp } from './app.ts'
import { readGatewayConfig } from './config.ts'
import { createFestivals } from './festivals.ts'
import { createOriginClient } from './origin-client.ts'
import { createSnapshots } from './room/snapshot.ts'
import { createPollCounter, createStatusListener } from './status-listener.ts'

const config = readGatewayConfig(process.env)
const log = createLogger('gateway', config.logLevel)
const metrics = createMetrics({ service: 'gateway', withProcess: true })
const readiness = createReadiness()
const now = Date.now

const redis = createRedis({ url: config.redisUrl, name: 'gateway', log })
const origin = createOriginClient({
  url: config.originUrl,
  connectionsMax: config.originConnectionsMax,
  timeoutMs: config.originTimeoutMs,
  name: config.name,
  signService: createTokenSigner('service', config.serviceKey),
  now,
})
const festivals = createFestivals(origin)
const snapshots = createSnapshots({ redis, options: config })
const verifier = { now, cacheMax: config.tokensCachedMax }

const app = createGatewayApp({
  config,
  redis,
  origin,
  festivals,
  snapshots,
  verifiers: {
    place: createTokenVerifier({ kind: 'place', keys: config.placeSecret, ...verifier }),
    pass: createTokenVerifier({ kind: 'pass', keys: [publicHalf(config.passKey)], ...verifier }),
    session: createTokenVerifier({ kind: 'session', keys: config.sessionKeys, ...verifier }),
  },
  signIns: createBoundedQueue({ atOnceMax: config.signInsAtOnceMax, waitingMax: config.signInsWaitingMax }),
  signPlace: createTokenSigner('place', config.placeSecret),
  signPass: createTokenSigner('pass', config.passKey),
  passJwks: [publicJwk(config.passKey)],
  metrics,
  now,
  log,
})

beginConnecting(redis)
const catalogueLoop = startLoop({
  name: 'catalogue',
  intervalMs: config.catalogueRefreshMs,
  log,
  async run() {
    await festivals.refresh()
    readiness.set()
  },
})
const snapshotLoop = startLoop({
  name: 'snapshots',
  intervalMs: config.snapshotMs,
  log,
  run: () =>
    snapshots.refresh(
      festivals
        .all()
        .slice(0, config.roomsMax)
        .map(({ room }) => room.id),
    ),
})
await serveUntilStopped({
  service: 'gateway',
  app,
  first: createStatusListener({ snapshots, onPoll: createPollCounter(metrics) }),
  config,
  metrics,
  readiness,
  log,
  steps: [
    { name: 'stop the loops', run: () => Promise.all([catalogueLoop.stop(), snapshotLoop.stop()]) },
    { name: 'close the way to the origin', run: origin.close },
    { name: 'close Redis', run: () => redis.quit() },
  ],
})
