import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { setImageRoute } from '../shared/api/images.ts'
import { createOpenApiApp, describeBearers } from '../shared/api/openapi.ts'
import { Problem } from '../shared/api/problem.ts'
import { receiveStripeEventRoute } from '../shared/api/webhooks.ts'
import { cookieSchemeOf, useCookies } from '../shared/http/cookies.ts'
import { limitBody, requireJsonOrImage } from '../shared/http/limits.ts'
import { createNotFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { sendRetryAfter } from '../shared/http/retry-after.ts'
import { requireSameOrigin } from '../shared/http/same-origin.ts'
import { isRedisUnavailable } from '../shared/redis/unavailable.ts'
import type { EndableSession } from '../shared/tokens/endable-session.ts'
import { dropEndedSessions } from './api/auth/ended-sessions.ts'
import { dropOthersPasses } from './api/auth/pass-cookies.ts'
import { createFestivalRoutes } from './api/festivals.ts'
import { createForwardedRoutes } from './api/forwarded.ts'
import { createOpenApiRoutes } from './api/openapi.ts'
import { createPageApi } from './api/page-api.ts'
import { roomShut } from './api/rooms/rooms.ts'
import type { GatewayContext, GatewayDeps, GatewayEnv } from './context.ts'
import { protectPersonal } from './edge/caching.ts'
import { isAmbiguousTarget } from './edge/request-target.ts'
import { isSessionOver } from './edge/session-end.ts'
import { GATEWAY_LIMITS } from './limits.ts'
import { createPagesApp } from './pages-app.ts'
import { createKnownDevices } from './rate-limits/known-devices.ts'
import { createTakeAttempt } from './rate-limits/login-attempts.ts'
import { withArchived } from './room/archived-room.ts'
import { createRoomsApp } from './rooms-app.ts'
import { createAssetRoutes, createSiteFileRoutes } from './web/assets/asset-routes.ts'
import { compressPages } from './web/compressed-pages.ts'
import { requireForm } from './web/forms.ts'
import { createImageRoutes } from './web/image-routes.ts'
import { organiserGate } from './web/organiser/organiser-gate.ts'
import { createProblemPages } from './web/problem-pages.ts'
import { STAFF_PAGES } from './web/staff/staff-pages.ts'

/** Pages load only our own files, submit forms only to us, and cannot be framed (W3C CSP 3). */
const CONTENT_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}

/**
 * Sends no referrer to other sites, which must not receive the links of e-mails, but sends our own forms' origin to
 * ourselves. With `no-referrer`, browsers without Fetch Metadata would send `Origin: null` with our own forms.
 */
const REFERRER_POLICY = 'same-origin'

/** Where the gateway itself relies on a session; on other routes the origin does. */
const DECIDED_ON_SESSIONS = [
  '/api/rooms/:room/place',
  '/api/rooms/:room/place/account',
  '/api/rooms/:room/me',
  '/api/rooms/:room/claims',
  '/api/rooms/:room/pass',
  '/api/rooms/:room/hold',
  '/api/rooms/:room/payments',
  '/festivals/*',
  '/staff/*',
]

/** Where a festival may be over and missing from the catalogue. */
const OF_FESTIVALS = ['/festivals/:id/*', '/api/festivals/:id', '/api/rooms/:id/*', '/staff/:id/*']

/** What a room does for its fans; to them, a room that has left Redis is permanently closed. */
const SHUT_WHEN_ARCHIVED = [
  '/api/rooms/:id/entries',
  '/api/rooms/:id/place',
  '/api/rooms/:id/place/account',
  '/api/rooms/:id/claims',
  '/api/rooms/:id/pass',
  '/api/rooms/:id/hold',
  '/api/rooms/:id/payments',
]

/** Where a pass cookie is used. */
const USING_PASSES = [
  '/api/rooms/:room/pass',
  '/api/rooms/:room/hold',
  '/api/rooms/:room/payments',
  '/api/rooms/:room/me',
  '/festivals/*',
]

/** Routes to which only organisers send bodies, which may be larger than others. */
const ORGANISERS_ONLY = ['/api/admin/festivals', '/api/admin/festivals/*', '/organiser/festivals/*']

/** The public app: pages, rooms, and the routes that are forwarded to the origin. */
export function createGatewayApp(given: GatewayDeps) {
  const limits = { ...GATEWAY_LIMITS, ...given.limits }
  const app = createOpenApiApp<GatewayEnv>()
  const deps: GatewayContext = {
    ...given,
    api: createPageApi(app.fetch),
    limits,
    cookies: cookieSchemeOf(given.config.publicUrl),
    snapshots: withArchived(given.snapshots, given.festivals.archivedRoom, {
      pollNearSeconds: given.config.pollNearSeconds,
      pollFarSeconds: limits.pollFarSeconds,
    }),
  }
  const { config, redis } = deps
  // Our own request ID, whatever the client sends.
  app.use(async (c, next) => {
    const id = crypto.randomUUID()
    c.set('requestId', id)
    await next()
    // c.header would copy the finished response, which costs a fifth of a claim's time.
    c.res.headers.set('x-request-id', id)
  })
  app.use(requestMetrics(deps.metrics))
  app.use(protectPersonal)
  app.use(sendRetryAfter)
  app.use(useCookies(deps.cookies))
  app.onError(problemHandler(deps.log, isRedisUnavailable, createProblemPages(deps.assets)))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(compressPages)
  app.use(setSecurityHeaders())
  app.use(async (c, next) => {
    const target = c.env?.incoming?.url ?? new URL(c.req.url).pathname
    if (isAmbiguousTarget(target)) throw new Problem('ambiguous-path')
    await next()
  })
  app.use(requireSameOrigin)
  limitRequests(app, deps)
  applySessionPolicies(app, deps)
  applyFestivalPolicies(app, deps)

  app.route('/', createAssetRoutes(deps.assets))
  app.route('/', createSiteFileRoutes(deps.assets))
  app.route('/', createImageRoutes(deps))
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json({ keys: deps.passJwks })
  })
  app.route('/api', createFestivalRoutes(deps))
  app.route('/api', createRoomsApp(deps))
  app.route(
    '/api',
    createForwardedRoutes({
      ...deps,
      takeAttempt: createTakeAttempt(redis, deps.limits.attempts, deps.limits.challengeSeconds),
      knownDevices: createKnownDevices(config.placeSecret),
    }),
  )
  describeBearers(app.openAPIRegistry, ['place', 'pass', 'session'])
  const describe = () => app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Naru', version: '1' } })
  app.route('/api', createOpenApiRoutes(describe))
  app.route('/', createPagesApp(deps))
  return app
}

type GatewayApp = OpenAPIHono<GatewayEnv>

function setSecurityHeaders(): MiddlewareHandler {
  const headers = secureHeaders({
    referrerPolicy: REFERRER_POLICY,
    contentSecurityPolicy: CONTENT_POLICY,
    permissionsPolicy: { camera: [] },
  })
  const staffHeaders = secureHeaders({
    referrerPolicy: REFERRER_POLICY,
    contentSecurityPolicy: {
      ...CONTENT_POLICY,
      scriptSrc: [...CONTENT_POLICY.scriptSrc, "'wasm-unsafe-eval'"],
    },
    permissionsPolicy: { camera: ['self'] },
  })
  return (c, next) => (STAFF_PAGES.test(c.req.path) ? staffHeaders : headers)(c, next)
}

/** Refuses bodies that are too large, or of a content type that their route does not accept. */
function limitRequests(app: GatewayApp, { api, limits }: GatewayContext): void {
  const gate = organiserGate(api)
  for (const path of ORGANISERS_ONLY) app.use(path, gate)
  app.use(
    limitBody(limits.bodyBytesMax, {
      [`/api${receiveStripeEventRoute.getRoutingPath()}`]: limits.webhookBytesMax,
      [`/api${setImageRoute.getRoutingPath()}`]: limits.imageBytesMax,
      // A form with a file has some lines around it.
      '/organiser/festivals/:festival/image': limits.imageBytesMax + 1024,
      ...Object.fromEntries(ORGANISERS_ONLY.map((path) => [path, limits.festivalBytesMax])),
    }),
  )
  app.use('/api/*', requireJsonOrImage(`/api${setImageRoute.getRoutingPath()}`))
  app.use(requireForm)
}

function applySessionPolicies(app: GatewayApp, { redis, verifiers }: GatewayContext): void {
  const isOver = (session: EndableSession) => isSessionOver(redis, session)
  const dropEnded = dropEndedSessions({ verifiers, isOver })
  for (const path of DECIDED_ON_SESSIONS) app.use(path, dropEnded)
  const dropOthers = dropOthersPasses({ verifiers, isOver })
  for (const path of USING_PASSES) app.use(path, dropOthers)
}

function applyFestivalPolicies(app: GatewayApp, { festivals }: GatewayContext): void {
  for (const path of OF_FESTIVALS) {
    app.use(path, async (c, next) => {
      await festivals.find(c.req.param('id') ?? '')
      await next()
    })
  }
  // Organisers may open drafts too, which are not found here; their pages work without the name.
  app.use('/organiser/festivals/:id/*', async (c, next) => {
    await festivals.find(c.req.param('id')).catch(() => {})
    await next()
  })
  for (const path of SHUT_WHEN_ARCHIVED) {
    app.use(path, async (c, next) => {
      if (festivals.archivedRoom(c.req.param('id') ?? '') !== undefined) throw roomShut('closed')
      await next()
    })
  }
}
