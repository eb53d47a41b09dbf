import type { Redis } from 'ioredis'
import { createBoundedQueue } from '../shared/bounded-queue.ts'
import { createLogger } from '../shared/log.ts'
import { createMetrics } from '../shared/metrics.ts'
import { makeTestKey } from '../shared/testing/keys.ts'
import { publicJwk } from '../shared/tokens/keys.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createTokenVerifier } from '../shared/tokens/verify.ts'
import { createGatewayApp } from './app.ts'
import { createFestivals } from './festivals.ts'
import { createOriginClient } from './origin-client.ts'
import { createSnapshots } from './room/snapshot.ts'

/** The keys of a gateway under test, and what it signs with them. */
export function makeGatewayKeys() {
  const placeSecret = 'a secret of at least 32 characters'
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey() }
  const verifier = { now: Date.now, cacheMax: 100 }
  return {
    ...keys,
    signPlace: createTokenSigner('place', placeSecret),
    signPass: createTokenSigner('pass', keys.pass.privateKey),
    signSession: createTokenSigner('session', keys.session.privateKey),
    signService: createTokenSigner('service', keys.service.privateKey),
    verifyService: createTokenVerifier({ kind: 'service', keys: [keys.service.publicKey], ...verifier }),
    verifiers: {
      place: createTokenVerifier({ kind: 'place', keys: placeSecret, ...verifier }),
      pass: createTokenVerifier({ kind: 'pass', keys: [keys.pass.publicKey], ...verifier }),
      session: createTokenVerifier({ kind: 'session', keys: [keys.session.publicKey], ...verifier }),
    },
  }
}

/** A gateway as main.ts builds it, with small limits and no timers: its loops turn when a test says so. */
export function createTestGateway(redis: Redis, originUrl: string, keys: ReturnType<typeof makeGatewayKeys>) {
  const origin = createOriginClient({
    url: originUrl,
    connectionsMax: 10,
    timeoutMs: 5000,
    name: 'gateway',
    signService: keys.signService,
    now: Date.now,
  })
  const festivals = createFestivals(origin)
  const options = { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 }
  const snapshots = createSnapshots({ redis, options })
  const app = createGatewayApp({
    config: { bodyBytesMax: 1024, entryRememberSeconds: 60, placeSeconds: 600 },
    redis,
    origin,
    festivals,
    snapshots,
    verifiers: keys.verifiers,
    signIns: createBoundedQueue({ atOnceMax: 2, waitingMax: 2 }),
    signPlace: keys.signPlace,
    signPass: keys.signPass,
    passJwks: [publicJwk(keys.pass.privateKey)],
    metrics: createMetrics({ service: 'gateway', withProcess: false }),
    now: Date.now,
    log: createLogger('test', 'silent'),
  })
  return { app, origin, festivals, snapshots }
}
