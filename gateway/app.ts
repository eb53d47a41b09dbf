import type { HttpBindings } from '@hono/node-server'
import { secureHeaders } from 'hono/secure-headers'
import { setImageRoute } from '../shared/api/images.ts'
import { createOpenApiApp, describeBearers, type RequestVariables } from '../shared/api/openapi.ts'
import { Problem } from '../shared/api/problem.ts'
import { receiveStripeEventRoute } from '../shared/api/webhooks.ts'
import { cookieSchemeOf, useCookies } from '../shared/http/cookies.ts'
import { limitBody, requireJsonOrImage } from '../shared/http/limits.ts'
import { createNotFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { sendRetryAfter } from '../shared/http/retry-after.ts'
import { requireSameOrigin } from '../shared/http/same-origin.ts'
import type { Redis } from '../shared/redis/client.ts'
import { isRedisUnavailable } from '../shared/redis/unavailable.ts'
import type { BoundedQueue } from '../shared/runtime/bounded-queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/log.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { EndableSession } from '../shared/tokens/endable-session.ts'
import type { PublicJwk } from '../shared/tokens/keys.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { GatewayVerifiers } from './api/auth/credentials.ts'
import { dropEndedSessions } from './api/auth/ended-sessions.ts'
import { dropForeignPasses } from './api/auth/kept-passes.ts'
import type { FindPass } from './api/auth/visitors-pass.ts'
import { createFestivalRoutes } from './api/festivals.ts'
import { createForwardedRoutes } from './api/forwarded.ts'
import { createOpenApiRoutes } from './api/openapi.ts'
import { createPageApi } from './api/page-api.ts'
import { createBindingRoutes } from './api/rooms/binding.ts'
import type { FindPlace } from './api/rooms/bound-place.ts'
import { createChallengeRoutes } from './api/rooms/challenge.ts'
import { createClaimRoutes } from './api/rooms/claims.ts'
import { createDrawRoutes } from './api/rooms/draw.ts'
import { createEntryRoutes } from './api/rooms/entries.ts'
import type { FanDeps } from './api/rooms/fan.ts'
import type { HeldPlaceDeps } from './api/rooms/held-place.ts'
import { createLeavingRoutes } from './api/rooms/leaving.ts'
import { createMeInRoomRoutes } from './api/rooms/me-in-room.ts'
import { createPlaceRoutes } from './api/rooms/place.ts'
import { roomShut } from './api/rooms/rooms.ts'
import { createStatusRoutes } from './api/rooms/status.ts'
import { createArchivedDraws } from './catalogue/archived-draws.ts'
import type { Festivals } from './catalogue/festivals.ts'
import type { Images } from './catalogue/images.ts'
import type { GatewayConfig } from './config.ts'
import type { ClientNetwork } from './edge/client-ip.ts'
import { isAmbiguousTarget } from './edge/request-target.ts'
import { isSessionOver } from './edge/session-end.ts'
import { GATEWAY_LIMITS, type GatewayLimits } from './limits.ts'
import type { OriginClient } from './origin-client/origin-client.ts'
import { createKnownDevices } from './rate-limits/known-devices.ts'
import { createTakeAttempt } from './rate-limits/login-attempts.ts'
import type { PollFloors } from './rate-limits/poll-interval.ts'
import { withArchived } from './room/archived-room.ts'
import { bindPlace } from './room/bind-place.ts'
import { claimPass } from './room/claim-pass.ts'
import type { CountProof } from './room/counted-proof.ts'
import { countUnits } from './room/counted-units.ts'
import { readEntries, readParticipants } from './room/draw-log.ts'
import { enterRoom } from './room/enter-room.ts'
import { ENTRY_BYTES } from './room/entry.ts'
import { findPass } from './room/find-pass.ts'
import { findPlace } from './room/find-place.ts'
import { isPassValid, type NamedPass } from './room/is-pass-valid.ts'
import { leavePass, leaveRoom } from './room/leave.ts'
import { isPlaceUsed } from './room/place-used.ts'
import type { ProofOfWork } from './room/proof-of-work.ts'
import { readTurn } from './room/read-turn.ts'
import { restorePlace } from './room/restore.ts'
import { returnPlace } from './room/return-place.ts'
import type { Snapshots } from './room/snapshot.ts'
import { createAccountPageRoutes } from './web/account/account-pages.ts'
import { createConfirmPageRoutes } from './web/account/confirm-pages.ts'
import { createInvitationPageRoutes } from './web/account/invitation-pages.ts'
import { createMyPageRoutes } from './web/account/my-pages.ts'
import { createSecurityPageRoutes } from './web/account/security-pages.ts'
import { createAssetRoutes, createSiteFileRoutes } from './web/assets/asset-routes.ts'
import type { Assets } from './web/assets/assets.ts'
import { compressPages } from './web/compressed-pages.ts'
import { createBuyingPageRoutes } from './web/fan/buying-pages.ts'
import { createFestivalPageRoutes } from './web/fan/festival-pages.ts'
import { createRoomPageRoutes } from './web/fan/room-pages.ts'
import { requireForm } from './web/forms.ts'
import { createImageRoutes } from './web/image-routes.ts'
import { organiserGate } from './web/organiser/organiser-gate.ts'
import { createOrganiserLivePageRoutes } from './web/organiser/organiser-live-pages.ts'
import { createOrganiserPageRoutes } from './web/organiser/organiser-pages.ts'
import { createProblemPages } from './web/problem-pages.ts'
import type { Renderer } from './web/rendering/renderer.ts'
import { createStaffPageRoutes, STAFF_PAGES } from './web/staff/staff-pages.ts'

export type GatewayDeps = {
  config: Pick<GatewayConfig, 'publicUrl' | 'timeZone' | 'placeSecret' | 'pollNearSeconds'>
  /** Those that differ from `GATEWAY_LIMITS`. */
  limits?: Partial<GatewayLimits>
  redis: Redis
  origin: OriginClient
  festivals: Festivals
  snapshots: Snapshots
  verifiers: GatewayVerifiers
  clientNetwork: ClientNetwork
  floors: PollFloors
  proofOfWork: ProofOfWork
  countProof: CountProof
  assets: Assets
  images: Images
  renderer: Renderer
  signIns: BoundedQueue
  signPlace: SignToken<'place'>
  signPass: SignToken<'pass'>
  passJwks: readonly PublicJwk[]
  metrics: Metrics
  now: Clock
  log: Logger
}

type GatewayEnv = { Variables: RequestVariables; Bindings: Partial<HttpBindings> }

/** Pages take nothing but our own files, send forms nowhere else, and stand in nobody's frame (W3C CSP 3). */
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
 * Nothing for others, whom no link of an e-mail may reach; for ourselves where a form comes from. With `no-referrer`
 * browsers without Fetch Metadata would send `Origin: null` with our own forms.
 */
const REFERRER_POLICY = 'same-origin'

/** Where the gateway itself believes a session; elsewhere the origin does. */
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

/** Where a festival may be one that is over, which the catalogue does not have. */
const OF_FESTIVALS = ['/festivals/:id/*', '/api/festivals/:id', '/api/rooms/:id/*', '/staff/:id/*']

/** What a room does for its fans; one that has left Redis is closed for good, as far as they are concerned. */
const SHUT_WHEN_ARCHIVED = [
  '/api/rooms/:id/entries',
  '/api/rooms/:id/place',
  '/api/rooms/:id/place/account',
  '/api/rooms/:id/claims',
  '/api/rooms/:id/pass',
  '/api/rooms/:id/hold',
  '/api/rooms/:id/payments',
]

/** Where a browser's pass is used. */
const USING_PASSES = [
  '/api/rooms/:room/pass',
  '/api/rooms/:room/hold',
  '/api/rooms/:room/payments',
  '/api/rooms/:room/me',
  '/festivals/*',
]

/** What only organisers send something to; it may be larger than what others send. */
const ORGANISERS_ONLY = ['/api/admin/festivals', '/api/admin/festivals/*', '/organiser/festivals/*']

/** The public face: pages, the rooms, and the way to the origin for those who bear a token. */
export function createGatewayApp(given: GatewayDeps) {
  const limits = { ...GATEWAY_LIMITS, ...given.limits }
  const deps = {
    ...given,
    limits,
    cookies: cookieSchemeOf(given.config.publicUrl),
    snapshots: withArchived(given.snapshots, given.festivals.archivedRoom, {
      pollNearSeconds: given.config.pollNearSeconds,
      pollFarSeconds: limits.pollFarSeconds,
    }),
  }
  const { config, redis, origin, festivals, snapshots } = deps
  const archivedDraws = createArchivedDraws(origin)
  const app = createOpenApiApp<GatewayEnv>()
  // An ID of our own, whatever the client sends.
  app.use(async (c, next) => {
    const id = crypto.randomUUID()
    c.set('requestId', id)
    await next()
    // Not c.header, which makes a new response of one that is done: a fifth of a claim's time.
    c.res.headers.set('x-request-id', id)
  })
  app.use(requestMetrics(deps.metrics))
  app.use(sendRetryAfter)
  app.use(useCookies(deps.cookies))
  app.onError(problemHandler(deps.log, isRedisUnavailable, createProblemPages(deps.assets)))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(compressPages)
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
  app.use((c, next) => (STAFF_PAGES.test(c.req.path) ? staffHeaders : headers)(c, next))
  app.use(async (c, next) => {
    const target = c.env?.incoming?.url ?? new URL(c.req.url).pathname
    if (isAmbiguousTarget(target)) throw new Problem('ambiguous-path')
    await next()
  })
  app.use(requireSameOrigin)
  const api = createPageApi(app.fetch)
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
  const isOver = (session: EndableSession) => isSessionOver(redis, session)
  const dropEnded = dropEndedSessions({ verifiers: deps.verifiers, isOver })
  for (const path of DECIDED_ON_SESSIONS) app.use(path, dropEnded)
  const dropForeign = dropForeignPasses({ verifiers: deps.verifiers, isOver })
  for (const path of USING_PASSES) app.use(path, dropForeign)

  for (const path of OF_FESTIVALS) {
    app.use(path, async (c, next) => {
      await festivals.find(c.req.param('id') ?? '')
      await next()
    })
  }
  // Organisers see drafts as well, and get by without the name.
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

  app.route('/', createAssetRoutes(deps.assets))
  app.route('/', createSiteFileRoutes(deps.assets))
  app.route('/', createImageRoutes({ ...deps, api }))
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json({ keys: deps.passJwks })
  })
  app.route('/api', createFestivalRoutes({ festivals }))
  app.route('/api', createStatusRoutes(deps))
  app.route('/api', createChallengeRoutes(deps))
  app.route(
    '/api',
    createEntryRoutes({
      ...deps,
      enterRoom: async (room, entry, entrant) => {
        const deps = { redis, rememberSeconds: limits.entryRememberSeconds }
        const result = await enterRoom(deps, room, entry, entrant)
        if (result.status === 'entered') snapshots.noteEntry(room, result)
        return result
      },
      placeSeconds: limits.placeSeconds,
    }),
  )
  const findLivePass: FindPass = (of) => findPass(redis, deps.now, of)
  const find: FindPlace = (state, account) => findPlace(redis, state, account)
  const turnOf = (room: string, position: number) => readTurn(redis, room, position)
  const holding: Pick<HeldPlaceDeps, 'restorePlace' | 'returnPlace'> = {
    restorePlace: (room, epoch, place) => restorePlace(redis, room, epoch, place),
    returnPlace: (state, place) => returnPlace(redis, state, place),
  }
  app.route(
    '/api',
    createPlaceRoutes({
      ...{ ...deps, ...holding, findPlace: find, placeSeconds: limits.placeSeconds },
      readTurn: turnOf,
    }),
  )
  app.route(
    '/api',
    createBindingRoutes({
      ...deps,
      ...holding,
      bindPlace: (input, positions) => bindPlace(redis, input, positions),
      placeSeconds: limits.placeSeconds,
    }),
  )
  app.route(
    '/api',
    createClaimRoutes({
      ...deps,
      claimPass: (input, positions) => claimPass(redis, input, positions),
      findPlace: find,
      findPass: findLivePass,
      ...holding,
    }),
  )
  app.route(
    '/api',
    createLeavingRoutes({
      ...deps,
      leaveRoom: (input) => leaveRoom(redis, input),
      findPlace: find,
      ...holding,
      leavePass: (input) => leavePass(redis, input),
    }),
  )
  app.route(
    '/api',
    createDrawRoutes({
      festivals,
      snapshots,
      readEntries: (room, count) =>
        festivals.archivedRoom(room) === undefined
          ? readEntries(redis, room, count)
          : archivedDraws.read(room, 'entries', count * ENTRY_BYTES),
      readParticipants: (room, count) =>
        festivals.archivedRoom(room) === undefined
          ? readParticipants(redis, room, count)
          : archivedDraws.read(room, 'participants', Math.ceil(count / 8)),
    }),
  )
  app.route(
    '/api',
    createForwardedRoutes({
      ...deps,
      takeAttempt: createTakeAttempt(redis, limits.tries, limits.challengeSeconds),
      knownDevices: createKnownDevices(config.placeSecret),
    }),
  )
  describeBearers(app.openAPIRegistry, ['place', 'pass', 'session'])
  const describe = () => app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Naru', version: '1' } })
  app.route('/api', createOpenApiRoutes(describe))
  const pageDeps = {
    ...deps,
    api,
    isPassValid: (pass: NamedPass) => isPassValid(redis, pass),
    findPass: findLivePass,
    isPlaceUsed: (room: string, position: number) => isPlaceUsed(redis, room, position),
    readTurn: turnOf,
    countUnits: (of: Parameters<FanDeps['countUnits']>[0]) => countUnits(redis, of),
  }
  app.route('/api', createMeInRoomRoutes(pageDeps))
  app.route('/', createFestivalPageRoutes(pageDeps))
  app.route('/', createRoomPageRoutes(pageDeps))
  app.route('/', createAccountPageRoutes(pageDeps))
  app.route('/', createConfirmPageRoutes(pageDeps))
  app.route('/', createInvitationPageRoutes(pageDeps))
  app.route('/', createSecurityPageRoutes(pageDeps))
  app.route('/', createBuyingPageRoutes(pageDeps))
  app.route('/', createMyPageRoutes(pageDeps))
  app.route('/', createOrganiserPageRoutes(pageDeps))
  app.route('/', createOrganiserLivePageRoutes(pageDeps))
  app.route('/', createStaffPageRoutes(pageDeps))
  return app
}
