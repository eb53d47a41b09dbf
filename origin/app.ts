import { requestId } from 'hono/request-id'
import { isDatabaseUnavailable } from '../drizzle/errors.ts'
import { setImageRoute } from '../shared/api/images.ts'
import { createOpenApiApp, describeBearers } from '../shared/api/openapi.ts'
import { WEBHOOK_PATHS } from '../shared/api/webhooks.ts'
import { cookieSchemeOf, useCookies } from '../shared/http/cookies.ts'
import { requirePlainJson } from '../shared/http/json-text.ts'
import { limitBody, requireJsonOrImage } from '../shared/http/limits.ts'
import { createNotFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { sendRetryAfter } from '../shared/http/retry-after.ts'
import { isSessionEnded } from '../shared/redis/session-ends.ts'
import { isRedisUnavailable } from '../shared/redis/unavailable.ts'
import { createLeases } from '../shared/runtime/leases.ts'
import { createAccountsApp } from './accounts-app.ts'
import { createCheckoutApp } from './checkout-app.ts'
import type { OriginDeps } from './context.ts'
import { toCatalogue } from './festivals/read-catalogue.ts'
import { createFestivalsApp, festivalBodies } from './festivals-app.ts'
import { createGateApp } from './gate-app.ts'
import { ImagesUnavailable } from './images/image-store.ts'
import { ORIGIN_LIMITS } from './limits.ts'
import { findArchived } from './rooms/archived-room.ts'
import { readDrawnChunk } from './rooms/store-draw.ts'
import { createTeamRoutes } from './routes/admin/teams.ts'
import { authenticate, type OriginEnv } from './routes/auth/principal.ts'
import { provideAccess } from './routes/auth/require-access.ts'
import { createCatalogueRoutes } from './routes/public/catalogue.ts'
import { createWebhookRoutes } from './routes/webhooks/webhooks.ts'
import { createSalesApp } from './sales-app.ts'
import { changeMember } from './teams/change-member.ts'
import { acceptInvitation, invite, revokeInvitation } from './teams/invitations.ts'
import { readTeam } from './teams/team.ts'
import { setTeamSettings } from './teams/team-settings.ts'

/** Exports of one account that are being sent, and how long one that never ends counts. */
const EXPORTS_PER_ACCOUNT_MAX = 2
const EXPORT_MS_MAX = 600_000

/** The origin's HTTP API. Nothing in it answers without a valid token. */
export function createOriginApp(deps: OriginDeps) {
  const { config, db, redis, catalogue } = deps
  const limits = { ...ORIGIN_LIMITS, ...deps.limits }
  const context = { ...deps, limits }
  const app = createOpenApiApp<OriginEnv>()
  app.use(requestId())
  app.use(requestMetrics(deps.metrics))
  app.use(sendRetryAfter)
  app.use(useCookies(cookieSchemeOf(config.publicUrl)))
  const isUnavailable = (error: unknown) =>
    isRedisUnavailable(error) || isDatabaseUnavailable(error) || error instanceof ImagesUnavailable
  app.onError(problemHandler(deps.log, isUnavailable))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(
    authenticate(deps.verifiers, {
      isSessionOver: deps.sessionChecks.isOver,
      isPassOver: (session) => isSessionEnded(redis, session),
    }),
  )
  app.use(
    limitBody(limits.bodyBytesMax, {
      [WEBHOOK_PATHS]: limits.webhookBytesMax,
      ...festivalBodies(limits),
    }),
  )
  app.use(requireJsonOrImage(`/api${setImageRoute.getRoutingPath()}`))
  app.use(requirePlainJson)
  app.use(provideAccess(deps.access))

  app.route(
    '/api',
    createCatalogueRoutes({
      readCatalogue: () =>
        catalogue.known()
          ? { ...toCatalogue(catalogue.current(), catalogue.upcoming()), checkout: deps.provider.checkout }
          : undefined,
      findArchived: (festival) => findArchived(db, festival),
      readDrawn: (room, part, chunk) => readDrawnChunk(db, room, part, chunk),
    }),
  )
  const exportsUnderWay = createLeases({
    max: EXPORTS_PER_ACCOUNT_MAX,
    msMax: EXPORT_MS_MAX,
    now: deps.now,
  })
  app.route('/api', createAccountsApp(context))
  app.route('/api', createCheckoutApp(context))
  app.route('/api', createSalesApp(context, exportsUnderWay))
  app.route('/api', createGateApp(context, exportsUnderWay))
  app.route('/api', createFestivalsApp(context))
  app.route(
    '/api',
    createTeamRoutes({
      setSettings: (input) => setTeamSettings(deps, input),
      readTeam: (festival) => readTeam(db, festival, new Date(deps.now())),
      changeMember: (input) => changeMember(deps, input),
      invite: (input) => invite({ ...deps, secrets: deps.emailSecrets }, input),
      revoke: (input) => revokeInvitation(deps, input),
      accept: (input) => acceptInvitation(deps, input),
    }),
  )
  if (deps.webhooks !== undefined) app.route('/api', createWebhookRoutes(deps.webhooks))

  describeBearers(app.openAPIRegistry, ['pass', 'session', 'service'])
  app.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Naru origin', version: '1' } })
  return app
}
