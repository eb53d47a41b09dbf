import { createOpenApiApp, describeBearers } from '../shared/api/openapi.ts'
import { cookieSchemeOf, useCookies } from '../shared/http/cookies.ts'
import { createNotFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { sendRetryAfter } from '../shared/http/retry-after.ts'
import { requireSameOrigin } from '../shared/http/same-origin.ts'
import { isRedisUnavailable } from '../shared/redis/unavailable.ts'
import { createKeyRoutes } from './api/keys.ts'
import { largeApiBodies } from './api/large-bodies.ts'
import { createOpenApiRoutes } from './api/openapi.ts'
import { type Api, createPageApi } from './api/page-api.ts'
import { createPolicies } from './api/rooms/policies.ts'
import { createApiApp } from './api-app.ts'
import { limitBodies } from './body-limits.ts'
import type { GatewayContext, GatewayDeps, GatewayEnv } from './context.ts'
import { protectPersonal } from './edge/caching.ts'
import { assignRequestId } from './edge/request-id.ts'
import { refuseAmbiguousTarget } from './edge/request-target.ts'
import { isSessionOver } from './edge/session-end.ts'
import { GATEWAY_LIMITS } from './limits.ts'
import { createPagesApp } from './pages-app.ts'
import { withArchived } from './room/archived-room.ts'
import { createAssetRoutes, createSiteFileRoutes } from './web/assets/asset-routes.ts'
import { compressPages } from './web/compressed-pages.ts'
import { createImageRoutes } from './web/image-routes.ts'
import { largeFormBodies } from './web/organiser/organiser-bodies.ts'
import { createProblemPages } from './web/problem-pages.ts'
import { setSecurityHeaders } from './web/security-headers.ts'

/** The public app: pages, rooms, and the routes that are forwarded to the origin. */
export function createGatewayApp(given: GatewayDeps) {
  const app = createOpenApiApp<GatewayEnv>()
  const deps = createContext(given, createPageApi(app.fetch))
  app.use(assignRequestId)
  app.use(requestMetrics(deps.metrics))
  app.use(protectPersonal)
  app.use(sendRetryAfter)
  app.use(useCookies(deps.cookies))
  app.onError(problemHandler(deps.log, isRedisUnavailable, createProblemPages(deps.assets)))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(compressPages)
  app.use(setSecurityHeaders())
  app.use(refuseAmbiguousTarget)
  app.use(requireSameOrigin)
  limitBodies(app, deps, [...largeApiBodies(deps.limits), ...largeFormBodies(deps.limits)])

  app.route('/', createAssetRoutes(deps.assets))
  app.route('/', createSiteFileRoutes(deps.assets))
  app.route('/', createImageRoutes(deps))
  app.route('/', createKeyRoutes(deps.passJwks))
  app.route('/api', createApiApp(deps))
  app.route('/', createPagesApp(deps))
  describeBearers(app.openAPIRegistry, ['place', 'pass', 'session'])
  const describe = () => app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Naru', version: '1' } })
  app.route('/api', createOpenApiRoutes(describe))
  return app
}

/** @param api - calls the app in process, as pages do */
function createContext(given: GatewayDeps, api: Api): GatewayContext {
  const limits = { ...GATEWAY_LIMITS, ...given.limits }
  return {
    ...{ ...given, api, limits },
    policies: createPolicies({ ...given, isOver: (session) => isSessionOver(given.redis, session) }),
    cookies: cookieSchemeOf(given.config.publicUrl),
    snapshots: withArchived(given.snapshots, given.festivals.archivedRoom, {
      pollNearSeconds: given.config.pollNearSeconds,
      pollFarSeconds: limits.pollFarSeconds,
    }),
  }
}
