import { requestId } from 'hono/request-id'
import type { Redis } from 'ioredis'
import type { Database } from '../drizzle/database.ts'
import { isDatabaseAway } from '../drizzle/errors.ts'
import type { Clock } from '../shared/clock.ts'
import { limitBody, requireJson } from '../shared/http/limits.ts'
import { createOpenApiApp, describeBearers } from '../shared/http/openapi.ts'
import { notFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import type { Logger } from '../shared/log.ts'
import type { Metrics } from '../shared/metrics.ts'
import { isRedisAway } from '../shared/redis/client.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { Passwords } from './accounts/passwords.ts'
import { createSession } from './accounts/session.ts'
import { signIn } from './accounts/sign-in.ts'
import { signUp } from './accounts/sign-up.ts'
import { readChanges } from './audit/read-changes.ts'
import type { CatalogueCopy } from './catalogue/catalogue.ts'
import { toCatalogue } from './catalogue/read-catalogue.ts'
import type { OriginConfig } from './config.ts'
import { readHold } from './holds/read-hold.ts'
import { releaseHold } from './holds/release-hold.ts'
import { takeHold } from './holds/take-hold.ts'
import { findOrder, findOrders } from './orders/find-orders.ts'
import { acceptPayment } from './payments/accept-payment.ts'
import { readPayment } from './payments/read-payment.ts'
import { changeRoom } from './rooms/change-room.ts'
import { readRoom } from './rooms/read-room.ts'
import { createAccountRoutes } from './routes/accounts.ts'
import { createCatalogueRoutes } from './routes/catalogue.ts'
import { createHoldRoutes } from './routes/holds.ts'
import { createOrderRoutes } from './routes/orders.ts'
import { createPaymentRoutes } from './routes/payments.ts'
import { authenticate, type OriginEnv, type OriginVerifiers } from './routes/principal.ts'
import { createRoomRoutes } from './routes/rooms.ts'

export type OriginDeps = {
  config: Pick<
    OriginConfig,
    'bodyBytesMax' | 'sessionSeconds' | 'idempotencySeconds' | 'paymentsWaitingMax' | 'ordersShownMax'
  >
  db: Database
  redis: Redis
  catalogue: CatalogueCopy
  passwords: Passwords
  verifiers: OriginVerifiers
  signSession: SignToken<'session'>
  metrics: Metrics
  now: Clock
  log: Logger
}

/** The origin's HTTP API. Nothing in it answers without a valid token. */
export function createOriginApp(deps: OriginDeps) {
  const { config, db, redis, now } = deps
  const app = createOpenApiApp<OriginEnv>()
  app.use(requestId())
  app.use(requestMetrics(deps.metrics))
  app.onError(problemHandler(deps.log, (error) => isRedisAway(error) || isDatabaseAway(error)))
  app.notFound(notFoundHandler)
  app.use(authenticate(deps.verifiers))
  app.use(limitBody(config.bodyBytesMax))
  app.use(requireJson)

  const readCatalogue = () => (deps.catalogue.known() ? toCatalogue(deps.catalogue.current()) : undefined)
  app.route('/api', createCatalogueRoutes({ readCatalogue }))
  app.route(
    '/api',
    createAccountRoutes({
      signUp: (input) => signUp(deps, { ...input, roles: ['fan'] }),
      signIn: (input) => signIn(deps, input),
      createSession: (account) =>
        createSession({ signSession: deps.signSession, now, seconds: config.sessionSeconds }, account),
    }),
  )
  app.route(
    '/api',
    createHoldRoutes({
      takeHold: (input) => takeHold(redis, input),
      readHold: (input) => readHold(redis, input),
      releaseHold: (input) => releaseHold(redis, input),
    }),
  )
  app.route(
    '/api',
    createPaymentRoutes({
      acceptPayment: (input) =>
        acceptPayment(
          { redis, rememberSeconds: config.idempotencySeconds, waitingMax: config.paymentsWaitingMax },
          input,
        ),
      readPayment: (input) => readPayment(deps, input),
    }),
  )
  app.route(
    '/api',
    createOrderRoutes({
      findOrders: (account) => findOrders(db, account, config.ordersShownMax),
      findOrder: (account, order) => findOrder(db, account, order),
    }),
  )
  app.route(
    '/api',
    createRoomRoutes({
      readRoom: (room) => readRoom(db, room),
      changeRoom: (input) => changeRoom(deps, input),
      readChanges: (input) => readChanges(db, input),
    }),
  )

  describeBearers(app.openAPIRegistry, ['pass', 'session', 'service'])
  app.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Naru origin', version: '1' } })
  return app
}
