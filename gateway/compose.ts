import { FESTIVALS_MAX } from '../shared/catalogue.ts'
import { cookieSchemeOf } from '../shared/http/cookies.ts'
import type { FirstListener } from '../shared/http/listen.ts'
import { createReadiness, type Readiness, startChecks } from '../shared/http/readiness.ts'
import type { Service } from '../shared/http/serve.ts'
import { measureTroubles } from '../shared/http/trouble-metrics.ts'
import { checkRedis } from '../shared/redis/check-redis.ts'
import { beginConnecting, createRedis, type Redis } from '../shared/redis/client.ts'
import { type BoundedQueue, createBoundedQueue } from '../shared/runtime/bounded-queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import { type Loop, startLoop } from '../shared/runtime/loop.ts'
import { createMetrics } from '../shared/runtime/metrics.ts'
import { publicHalf, publicJwk } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createGatewayApp } from './app.ts'
import { createDrandBeacon } from './beacon/drand-beacon.ts'
import { createFestivals } from './catalogue/festivals.ts'
import { createImages } from './catalogue/images.ts'
import type { GatewayListener } from './cluster/worker.ts'
import type { WorkerConfig } from './cluster/worker-share.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayDeps } from './context.ts'
import { createClientNetwork } from './edge/client-ip.ts'
import { createPollCounter, createStatusListener } from './edge/status-fast-path.ts'
import { checkOrigin } from './origin-client/check-origin.ts'
import { createOriginClient, type OriginClient } from './origin-client/origin-client.ts'
import { createPollFloors } from './rate-limits/poll-interval.ts'
import { createCountProof } from './room/counted-proof.ts'
import { CHALLENGE_SECONDS, createProofOfWork } from './room/proof-of-work.ts'
import { measureRooms } from './room/room-metrics.ts'
import {
  createSnapshots,
  ORIGIN_SILENT_MS,
  SNAPSHOT_EVERY_MS,
  type Snapshots,
  SWEEP_MAX,
} from './room/snapshot.ts'
import { POLL_FAR_SECONDS } from './room/status.ts'
import { openAssets } from './web/assets/assets.ts'
import { createPageCounter, createPageListener } from './web/page-cache.ts'
import { createRenderer } from './web/rendering/renderer.ts'

const CATALOGUE_EVERY_MS = 1000
/** How many sign-ins queue for one of the slots to the origin before more get 503. */
const SIGN_INS_QUEUED_PER_SLOT = 250
const SIGN_IN_WAIT_MS_MAX = 5000

/** Composes one process of the gateway and starts its loops. */
export async function assembleGateway(
  config: WorkerConfig<GatewayConfig>,
  log: Logger,
  listener: Partial<GatewayListener> = {},
): Promise<Service> {
  const now = Date.now
  const metrics = createMetrics({ service: 'gateway', withProcess: true })
  const readiness = createReadiness(listener.onReady)
  measureTroubles(metrics, readiness.report)
  const redis = createRedis({ url: config.redisUrl, name: 'gateway', log })
  const origin = openOrigin(config, now)
  const festivals = createFestivals(origin)
  const snapshots = openSnapshots(config, { redis, now })
  measureRooms(metrics, { snapshots, rooms: festivals.openRooms })
  const floors = createPollFloors({ minIntervalMs: config.pollIntervalMs, now, metrics })
  const renderer = createRenderer()
  const app = createGatewayApp({
    ...{ config, redis, origin, festivals, snapshots, floors, renderer, metrics, now, log },
    ...composeTokens(config, now),
    assets: await openAssets(),
    images: createImages(origin),
    clientNetwork: createClientNetwork(config.trustedProxies, config.provenProxy),
    countProof: createCountProof(config.placeSecret),
    proofOfWork: createProofOfWork({ secret: config.placeSecret, seconds: CHALLENGE_SECONDS, now }),
    signIns: openSignIns(config),
  })
  const first = composeFirst({ app, festivals, snapshots, floors }, { config, metrics, now, log })
  beginConnecting(redis)
  const loops = [
    ...startLoops({ festivals, snapshots, readiness, log }),
    startChecks({
      checks: [checkRedis(redis), checkOrigin(redis, ORIGIN_SILENT_MS)],
      ...{ readiness, log },
      onChange: listener.onTroubles ?? (() => {}),
    }),
  ]
  return {
    ...{ app, first, metrics, readiness },
    steps: [
      { name: 'stop the loops', run: () => Promise.all(loops.map((loop) => loop.stop())) },
      { name: 'stop the rendering thread', run: renderer.close },
      { name: 'close the way to the origin', run: origin.close },
      { name: 'close Redis', run: () => redis.quit() },
    ],
  }
}

function openOrigin(config: WorkerConfig<GatewayConfig>, now: Clock): OriginClient {
  return createOriginClient({
    url: config.originUrl,
    connectionsMax: config.originConnectionsMax,
    name: config.name,
    signService: createTokenSigner('service', config.serviceKey),
    now,
  })
}

function openSnapshots(
  { pollNearSeconds, beacon }: GatewayConfig,
  { redis, now }: { redis: Redis; now: Clock },
): Snapshots {
  return createSnapshots({
    redis,
    options: {
      sweepMax: SWEEP_MAX,
      originSilentMs: ORIGIN_SILENT_MS,
      pollNearSeconds,
      pollFarSeconds: POLL_FAR_SECONDS,
    },
    beacon: createDrandBeacon(beacon),
    now,
  })
}

/** The tokens that the gateway verifies, and those that it signs. */
function composeTokens(
  { placeSecret, passKey, sessionKeys }: GatewayConfig,
  now: Clock,
): Pick<GatewayDeps, 'verifiers' | 'signPlace' | 'signPass' | 'passJwks'> {
  return {
    verifiers: {
      place: createTokenVerifier({ kind: 'place', keys: placeSecret, now }),
      pass: createTokenVerifier({ kind: 'pass', keys: [publicHalf(passKey)], now }),
      session: createTokenVerifier({ kind: 'session', keys: sessionKeys, now }),
    },
    signPlace: createTokenSigner('place', placeSecret),
    signPass: createTokenSigner('pass', passKey),
    passJwks: [publicJwk(passKey)],
  }
}

function openSignIns({ signInConcurrency }: GatewayConfig): BoundedQueue {
  return createBoundedQueue({
    concurrencyMax: signInConcurrency,
    queueMax: signInConcurrency * SIGN_INS_QUEUED_PER_SLOT,
    waitMsMax: SIGN_IN_WAIT_MS_MAX,
  })
}

/** What answers before the app: polls of a room's status, then cached pages. */
function composeFirst(
  {
    app,
    festivals,
    snapshots,
    floors,
  }: Pick<GatewayDeps, 'festivals' | 'snapshots' | 'floors'> & {
    app: ReturnType<typeof createGatewayApp>
  },
  { config, metrics, now, log }: Pick<GatewayDeps, 'config' | 'metrics' | 'now' | 'log'>,
): FirstListener {
  const cookies = cookieSchemeOf(config.publicUrl)
  const answerStatus = createStatusListener({
    ...{ snapshots, floors, cookies },
    onPoll: createPollCounter(metrics),
  })
  const answerPage = createPageListener({
    ...{ app, festivals, cookies, now, log },
    // A page shows the room's state at the last tick.
    cachedMs: SNAPSHOT_EVERY_MS,
    onPage: createPageCounter(metrics),
  })
  return (request, response) => answerStatus(request, response) || answerPage(request, response)
}

/** Reads the catalogue and the rooms again and again; the gateway is ready once both have been read. */
function startLoops({
  festivals,
  snapshots,
  readiness,
  log,
}: Pick<GatewayDeps, 'festivals' | 'snapshots' | 'log'> & { readiness: Readiness }): Loop[] {
  return [
    startLoop({ name: 'catalogue', intervalMs: CATALOGUE_EVERY_MS, log, run: festivals.refresh }),
    startLoop({
      name: 'snapshots',
      intervalMs: SNAPSHOT_EVERY_MS,
      log,
      async run() {
        const known = festivals.known()
        try {
          await snapshots.refresh(festivals.openRooms().slice(0, FESTIVALS_MAX))
        } finally {
          // Without Redis a gateway still reports that, and forwards requests with a token.
          if (known) readiness.set()
        }
      },
    }),
  ]
}
