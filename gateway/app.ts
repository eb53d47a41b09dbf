import type { HttpBindings } from '@hono/node-server'
import { secureHeaders } from 'hono/secure-headers'
import type { Redis } from 'ioredis'
import type { BoundedQueue } from '../shared/bounded-queue.ts'
import type { Clock } from '../shared/clock.ts'
import { limitBody, requireJson } from '../shared/http/limits.ts'
import { createOpenApiApp, describeBearers, type RequestVariables } from '../shared/http/openapi.ts'
import { notFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { requireSameOrigin } from '../shared/http/same-origin.ts'
import type { Logger } from '../shared/log.ts'
import type { Metrics } from '../shared/metrics.ts'
import { Problem } from '../shared/problem.ts'
import { isRedisAway } from '../shared/redis/client.ts'
import type { PublicJwk } from '../shared/tokens/keys.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { GatewayConfig } from './config.ts'
import type { Festivals } from './festivals.ts'
import type { OriginClient } from './origin-client.ts'
import { frontPage } from './pages/front.ts'
import { isAmbiguousTarget } from './request-target.ts'
import { claimPass } from './room/claim-pass.ts'
import { readEntries } from './room/draw.ts'
import { enterRoom } from './room/enter-room.ts'
import { leavePass, leaveRoom } from './room/leave.ts'
import type { Snapshots } from './room/snapshot.ts'
import { createClaimRoutes } from './routes/claims.ts'
import type { GatewayVerifiers } from './routes/credentials.ts'
import { createDrawRoutes } from './routes/draw.ts'
import { createEntryRoutes } from './routes/entries.ts'
import { createFestivalRoutes } from './routes/festivals.ts'
import { createForwardedRoutes } from './routes/forwarded.ts'
import { createLeavingRoutes } from './routes/leaving.ts'
import { createOpenApiRoutes } from './routes/openapi.ts'
import { createPlaceRoutes } from './routes/place.ts'
import { createStatusRoutes } from './routes/status.ts'

export type GatewayDeps = {
  config: Pick<GatewayConfig, 'bodyBytesMax' | 'entryRememberSeconds' | 'placeSeconds'>
  redis: Redis
  origin: OriginClient
  festivals: Festivals
  snapshots: Snapshots
  verifiers: GatewayVerifiers
  signIns: BoundedQueue
  signPlace: SignToken<'place'>
  signPass: SignToken<'pass'>
  passJwks: readonly PublicJwk[]
  metrics: Metrics
  now: Clock
  log: Logger
}

type GatewayEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

/** The public face: pages, the rooms, and the way to the origin for those who bear a token. */
export function createGatewayApp(deps: GatewayDeps) {
  const { config, redis, origin, festivals, snapshots } = deps
  const app = createOpenApiApp<GatewayEnv>()
  // An ID of our own, whatever the client sends.
  app.use(async (c, next) => {
    const id = crypto.randomUUID()
    c.set('requestId', id)
    await next()
    c.header('x-request-id', id)
  })
  app.use(requestMetrics(deps.metrics))
  app.onError(problemHandler(deps.log, isRedisAway))
  app.notFound(notFoundHandler)
  app.use(async (c, next) => {
    const target = c.env?.incoming?.url ?? new URL(c.req.url).pathname
    if (isAmbiguousTarget(target)) throw new Problem('ambiguous-path')
    await next()
  })
  app.use(secureHeaders())
  app.use(requireSameOrigin)
  app.use(limitBody(config.bodyBytesMax))
  app.use(requireJson)

  app.get('/', (c) =>
    c.html(
      frontPage(
        festivals.all().map((festival) => ({ festival, status: snapshots.of(festival.room.id)?.status })),
      ),
    ),
  )
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json({ keys: deps.passJwks })
  })
  app.route('/api', createFestivalRoutes({ festivals }))
  app.route('/api', createStatusRoutes(deps))
  app.route(
    '/api',
    createEntryRoutes({
      ...deps,
      enterRoom: (room, entryKey) =>
        enterRoom({ redis, rememberSeconds: config.entryRememberSeconds }, room, entryKey),
      placeSeconds: config.placeSeconds,
    }),
  )
  app.route('/api', createPlaceRoutes(deps))
  app.route('/api', createClaimRoutes({ ...deps, claimPass: (input) => claimPass(redis, input) }))
  app.route(
    '/api',
    createLeavingRoutes({
      ...deps,
      leaveRoom: (room, position) => leaveRoom(redis, room, position),
      leavePass: (input) => leavePass(redis, input),
    }),
  )
  app.route(
    '/api',
    createDrawRoutes({ snapshots, readEntries: (room, count) => readEntries(redis, room, count) }),
  )
  app.route('/api', createForwardedRoutes(deps))
  describeBearers(app.openAPIRegistry, ['place', 'pass', 'session'])
  const own = () => app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Naru', version: '1' } })
  app.route('/api', createOpenApiRoutes({ own, origin, now: deps.now }))
  return app
}
