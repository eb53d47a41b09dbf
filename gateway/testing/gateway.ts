import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Redis } from '../../shared/redis/client.ts'
import { createBoundedQueue } from '../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { publicJwk } from '../../shared/tokens/keys.ts'
import { AUDIENCES, type PersonProof, type Role } from '../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../shared/tokens/sign.ts'
import { createTokenVerifier } from '../../shared/tokens/verify.ts'
import { createGatewayApp } from '../app.ts'
import { createFestivals } from '../catalogue/festivals.ts'
import { createImages } from '../catalogue/images.ts'
import { createClientNetwork, type ProvenProxy } from '../edge/client-ip.ts'
import { readTrustedProxies } from '../edge/trusted-proxies.ts'
import { createOriginClient } from '../origin-client/origin-client.ts'
import type { AttemptKind, AttemptLimits } from '../rate-limits/login-attempts.ts'
import { createPollFloors } from '../rate-limits/poll-interval.ts'
import { createCountProof } from '../room/counted-proof.ts'
import { createProofOfWork } from '../room/proof-of-work.ts'
import { createSnapshots } from '../room/snapshot.ts'
import { createRenderer } from '../web/rendering/renderer.ts'

/** The keys of a gateway under test, and the functions that sign with them. */
export function makeGatewayKeys(now: Clock = Date.now) {
  const placeSecret = 'a secret of at least 32 characters'
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey() }
  const verifier = { now, cacheMax: 100 }
  const signSession = createTokenSigner('session', keys.session.privateKey)
  const lifetimeNow = () => {
    const seconds = Math.floor(now() / 1000)
    return { iat: seconds, exp: seconds + 600 }
  }
  return {
    ...keys,
    placeSecret,
    /** Claims of a token that is valid while the tests run. */
    lifetime: lifetimeNow(),
    /** The session of a fan, unless other roles are given. */
    sessionOf: (
      account: string,
      { roles = ['fan'], name = 'Fan', proof }: { roles?: Role[]; name?: string; proof?: PersonProof } = {},
    ) =>
      signSession({
        ...{ aud: AUDIENCES.session, sub: account, name, roles, ...lifetimeNow() },
        ...(proof === undefined ? {} : { proof }),
      }),
    signPlace: createTokenSigner('place', placeSecret),
    signPass: createTokenSigner('pass', keys.pass.privateKey),
    signSession,
    signService: createTokenSigner('service', keys.service.privateKey),
    verifyService: createTokenVerifier({ kind: 'service', keys: [keys.service.publicKey], ...verifier }),
    verifiers: {
      place: createTokenVerifier({ kind: 'place', keys: placeSecret, ...verifier }),
      pass: createTokenVerifier({ kind: 'pass', keys: [keys.pass.publicKey], ...verifier }),
      session: createTokenVerifier({ kind: 'session', keys: [keys.session.publicKey], ...verifier }),
    },
  }
}

export type GatewayKeys = ReturnType<typeof makeGatewayKeys>

type TestGatewayOptions = {
  trustedProxies?: string
  provenProxy?: ProvenProxy
  pollIntervalMs?: number
  now?: Clock
  attempts?: Partial<Record<AttemptKind, AttemptLimits>>
  originTimeoutMs?: number
  bodyBytesMax?: number
  publicUrl?: string
}

/** High enough to be reached only by tests of the limits. */
const ATTEMPT_LIMITS: AttemptLimits = {
  networkMax: 10_000,
  pairMax: 10_000,
  subjectMax: 10_000,
  windowSeconds: 60,
}

/**
 * A gateway as main.ts builds it, with small limits and no timers: tests run its loops by hand. There is no poll limit
 * unless a test sets one.
 */
export function createTestGateway(
  redis: Redis,
  originUrl: string,
  keys: GatewayKeys,
  {
    trustedProxies = '127.0.0.1',
    provenProxy,
    pollIntervalMs = 0,
    now = Date.now,
    attempts = {},
    originTimeoutMs = 5000,
    bodyBytesMax = 1024,
    publicUrl = 'https://naru.test',
  }: TestGatewayOptions = {},
) {
  const origin = createOriginClient({
    url: originUrl,
    connectionsMax: 10,
    timeoutMs: originTimeoutMs,
    name: 'gateway',
    signService: keys.signService,
    now: Date.now,
  })
  const festivals = createFestivals(origin, now)
  const options = { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 }
  const snapshots = createSnapshots({ redis, options })
  const trusted = readTrustedProxies(trustedProxies)
  if (trusted === undefined) throw new Error(`${trustedProxies} are no networks`)
  const metrics = createMetrics({ service: 'gateway', withProcess: false })
  const floors = createPollFloors({ minIntervalMs: pollIntervalMs, burst: 5, placesMax: 1024, now, metrics })
  const app = createGatewayApp({
    config: { publicUrl, timeZone: 'Asia/Seoul', placeSecret: keys.placeSecret, pollNearSeconds: 2 },
    limits: {
      bodyBytesMax,
      webhookBytesMax: 4096,
      festivalBytesMax: 65_536,
      imageBytesMax: 1_000_000,
      entryRememberSeconds: 60,
      placeSeconds: 600,
      pollFarSeconds: 30,
      challengeSeconds: 60,
      attempts: { 'sign-in': ATTEMPT_LIMITS, email: ATTEMPT_LIMITS, ...attempts },
    },
    redis,
    origin,
    festivals,
    snapshots,
    verifiers: keys.verifiers,
    clientNetwork: createClientNetwork(trusted, provenProxy),
    floors,
    countProof: createCountProof(keys.placeSecret),
    proofOfWork: createProofOfWork({ secret: keys.placeSecret, seconds: 60, now }),
    // Bundled only where pages are served.
    assets: { url: (name) => `/assets/${name}`, find: () => undefined },
    images: createImages(origin, 10),
    renderer: createRenderer({ pdfs: createBoundedQueue({ concurrencyMax: 1, queueMax: 2 }) }),
    signIns: createBoundedQueue({ concurrencyMax: 2, queueMax: 2 }),
    signPlace: keys.signPlace,
    signPass: keys.signPass,
    passJwks: [publicJwk(keys.pass.privateKey)],
    metrics,
    now,
    log: createLogger('test', 'silent'),
  })
  return { app, origin, festivals, snapshots, floors, metrics }
}

export type TestGateway = Awaited<ReturnType<typeof openTestGateway>>

/** A test gateway in front of an origin of the test's own. `close` ends both. */
export async function openTestGateway(
  redis: Redis,
  origin: Hono | RequestListener,
  keys: GatewayKeys,
  options: TestGatewayOptions = {},
) {
  const server = createServer(typeof origin === 'function' ? origin : getRequestListener(origin.fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const gateway = createTestGateway(redis, `http://127.0.0.1:${port}`, keys, options)
  return {
    ...gateway,
    async close() {
      await gateway.origin.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
