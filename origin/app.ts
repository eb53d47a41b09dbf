import { requestId } from 'hono/request-id'
import type { Database } from '../drizzle/database.ts'
import { isDatabaseUnavailable } from '../drizzle/errors.ts'
import { setImageRoute } from '../shared/api/images.ts'
import { createOpenApiApp, describeBearers } from '../shared/api/openapi.ts'
import { receiveStripeEventRoute } from '../shared/api/webhooks.ts'
import { cookieSchemeOf, useCookies } from '../shared/http/cookies.ts'
import { requirePlainJson } from '../shared/http/json-text.ts'
import { limitBody, requireJsonOrImage } from '../shared/http/limits.ts'
import { createNotFoundHandler, problemHandler } from '../shared/http/problems.ts'
import { requestMetrics } from '../shared/http/request-metrics.ts'
import { sendRetryAfter } from '../shared/http/retry-after.ts'
import type { Redis } from '../shared/redis/client.ts'
import { isSessionEnded } from '../shared/redis/session-ends.ts'
import { isRedisUnavailable } from '../shared/redis/unavailable.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import { createLeases } from '../shared/runtime/leases.ts'
import type { Logger } from '../shared/runtime/log.ts'
import type { Metrics } from '../shared/runtime/metrics.ts'
import type { PublicJwk } from '../shared/tokens/keys.ts'
import type { SignToken } from '../shared/tokens/sign.ts'
import type { Access } from './access/access.ts'
import { type AccountMail, requestConfirmation, requestReset } from './accounts/account-emails.ts'
import { changePassword } from './accounts/change-password.ts'
import { completeReset } from './accounts/complete-reset.ts'
import { confirmByCode, confirmByToken } from './accounts/confirm-email.ts'
import type { EmailSecrets } from './accounts/email-secrets.ts'
import { endSession, type SetPasswordDeps, signOutEverywhere } from './accounts/end-sessions.ts'
import { findAccount } from './accounts/find-account.ts'
import type { Passwords } from './accounts/passwords.ts'
import { changeRoles, findAccounts } from './accounts/roles.ts'
import type { FactorKeys } from './accounts/second-factor/factor-keys.ts'
import {
  answerChallenge,
  beginEnrolment,
  challengeFor,
  confirmEnrolment,
  readEnrolledAt,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
} from './accounts/second-factor/second-factor.ts'
import { createSession, renewSession } from './accounts/session.ts'
import type { SessionChecks } from './accounts/session-checks.ts'
import { signIn } from './accounts/sign-in.ts'
import { signUp } from './accounts/sign-up.ts'
import { readChanges } from './audit-log/read-changes.ts'
import type { CatalogueCopy } from './catalogue/catalogue.ts'
import { checkIn } from './check-in/check-in.ts'
import { readCheckInWindow } from './check-in/check-in-window.ts'
import { readConflicts } from './check-in/conflicts.ts'
import { exportScans } from './check-in/export-scans.ts'
import { readGateList, readGateNames } from './check-in/gate-list.ts'
import { createSummaryReader } from './check-in/summary.ts'
import { findFestivalOfScan, undoCheckIn } from './check-in/undo-check-in.ts'
import type { OriginConfig } from './config.ts'
import { listDeadEmails } from './email/dead-emails.ts'
import type { FolderEmail } from './email/folder-transport.ts'
import { toCatalogue } from './festivals/read-catalogue.ts'
import { createFestivalsApp, festivalBodies } from './festivals-app.ts'
import { readHold } from './holds/read-hold.ts'
import { releaseHold } from './holds/release-hold.ts'
import { takeHold } from './holds/take-hold.ts'
import { type ImageStore, ImagesUnavailable } from './images/image-store.ts'
import { ORIGIN_LIMITS, type OriginLimits } from './limits.ts'
import { type CancelOrderInput, cancelOrder } from './orders/cancel-order.ts'
import type { Cancellations } from './orders/cancellations.ts'
import {
  findAnyOrder,
  findFestivalOfOrder,
  findOrder,
  findOrderSummaries,
  findOrders,
} from './orders/find-orders.ts'
import { findPurchase } from './orders/find-purchase.ts'
import { listDeadLetters, listOpenDeadLetters } from './payments/dead-letters/list-dead-letters.ts'
import { resolveDeadLetter } from './payments/dead-letters/resolve-dead-letter.ts'
import { findRefunds } from './payments/find-refunds.ts'
import { followPayment } from './payments/follow-payment.ts'
import { listPayments } from './payments/list-payments.ts'
import type { PaymentChanges } from './payments/payment-changes.ts'
import { createPaymentReader } from './payments/payment-reader.ts'
import { acceptPayment } from './payments/process/accept-payment.ts'
import type { PaymentRecorder } from './payments/process/payment-recorder.ts'
import type { PaymentProvider } from './payments/provider.ts'
import { readPayment as lookPaymentUp } from './payments/read-payment.ts'
import { listReversals, settleReversal } from './payments/reversals/reversals.ts'
import { exportOrders } from './reports/export-orders.ts'
import { createSaleReader } from './reports/read-sale.ts'
import { searchOrders } from './reports/search-orders.ts'
import { findArchived } from './rooms/archived-room.ts'
import { changeRoom } from './rooms/change-room.ts'
import { readDrawnChunk } from './rooms/keep-draw.ts'
import { readRoom } from './rooms/read-room.ts'
import { createAdminAccountRoutes } from './routes/admin/admin-accounts.ts'
import { createAdminChangeRoutes } from './routes/admin/admin-changes.ts'
import { createAdminGateRoutes } from './routes/admin/admin-gate.ts'
import { createAdminOrderListRoutes } from './routes/admin/admin-order-list.ts'
import { createAdminOrderRoutes } from './routes/admin/admin-orders.ts'
import { createAdminPaymentRoutes } from './routes/admin/admin-payments.ts'
import { createAdminSaleRoutes } from './routes/admin/admin-sale.ts'
import { createDeadLetterRoutes } from './routes/admin/dead-letters.ts'
import { createPaymentDeadLetterRoutes } from './routes/admin/payment-dead-letters.ts'
import { createRefundRoutes } from './routes/admin/refunds.ts'
import { createReversalRoutes } from './routes/admin/reversals.ts'
import { createRoomRoutes } from './routes/admin/rooms.ts'
import { createTeamRoutes } from './routes/admin/teams.ts'
import { createAccountRoutes } from './routes/auth/accounts.ts'
import { createConfirmationRoutes } from './routes/auth/confirmations.ts'
import type { SessionStarter } from './routes/auth/open-session.ts'
import { createPasswordRoutes } from './routes/auth/passwords.ts'
import { authenticate, type OriginEnv, type OriginVerifiers } from './routes/auth/principal.ts'
import { provideAccess } from './routes/auth/require-access.ts'
import { createSecondFactorRoutes } from './routes/auth/second-factor.ts'
import { createCatalogueRoutes } from './routes/public/catalogue.ts'
import { createCheckInRoutes } from './routes/public/check-ins.ts'
import { createDevelopmentMailRoutes } from './routes/public/development-mail.ts'
import { createHoldRoutes } from './routes/public/holds.ts'
import { createOrderRoutes } from './routes/public/orders.ts'
import { createPaymentRoutes } from './routes/public/payments.ts'
import { createWebhookRoutes, type WebhookRoutesDeps } from './routes/webhooks/webhooks.ts'
import { changeMember } from './teams/change-member.ts'
import { acceptInvitation, invite, revokeInvitation } from './teams/invitations.ts'
import { readTeam } from './teams/team.ts'
import { setTeamSettings } from './teams/team-settings.ts'
import type { ReadTicketText, SignTicket } from './tickets/ticket-text.ts'

/** Exports of one account that are being sent, and how long one that never ends counts. */
const EXPORTS_PER_ACCOUNT_MAX = 2
const EXPORT_MS_MAX = 600_000

export type OriginDeps = {
  config: Pick<OriginConfig, 'publicUrl' | 'connectionsMax'>
  /** Those that differ from `ORIGIN_LIMITS`. */
  limits?: Partial<OriginLimits>
  db: Database
  redis: Redis
  catalogue: CatalogueCopy
  cancellations: Pick<Cancellations, 'take'>
  paymentChanges: PaymentChanges
  paymentRecorder: Pick<PaymentRecorder, 'record' | 'withdraw'>
  provider: PaymentProvider
  passwords: Passwords
  images: ImageStore
  sessionChecks: SessionChecks
  /** Missing where no e-mails are sent. */
  mail?: AccountMail | undefined
  emailSecrets: EmailSecrets
  factorKeys: FactorKeys
  /** E-mails in the development folder. */
  readFolder?: (() => Promise<FolderEmail[]>) | undefined
  /** Missing where the payment provider sends no events. */
  webhooks?: WebhookRoutesDeps
  verifiers: OriginVerifiers
  access: Access
  signSession: SignToken<'session'>
  signTicket: SignTicket
  readTicketText: ReadTicketText
  ticketJwks: readonly PublicJwk[]
  metrics: Metrics
  now: Clock
  log: Logger
}

/** The origin's HTTP API. Nothing in it answers without a valid token. */
export function createOriginApp(deps: OriginDeps) {
  const { config, db, redis, now } = deps
  const limits = { ...ORIGIN_LIMITS, ...deps.limits }
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
      [`/api${receiveStripeEventRoute.getRoutingPath()}`]: limits.webhookBytesMax,
      ...festivalBodies(limits),
    }),
  )
  app.use(requireJsonOrImage(`/api${setImageRoute.getRoutingPath()}`))
  app.use(requirePlainJson)
  app.use(provideAccess(deps.access))

  const readPayment = createPaymentReader({
    read: (input) => lookPaymentUp(deps, input),
    changes: deps.paymentChanges,
    keptMax: limits.paymentsCachedMax,
  })
  const { catalogue } = deps
  app.route(
    '/api',
    createCatalogueRoutes({
      readCatalogue: () =>
        catalogue.known() ? toCatalogue(catalogue.current(), catalogue.upcoming()) : undefined,
      findArchived: (festival) => findArchived(db, festival),
      readDrawn: (room, part, chunk) => readDrawnChunk(db, room, part, chunk),
    }),
  )
  const { sessionSeconds } = limits
  const ending: SetPasswordDeps = {
    ...{ db, redis, now, sessionSeconds, mail: deps.mail },
    onEnd: deps.sessionChecks.noteEnd,
    onEndOne: deps.sessionChecks.noteEndOfOne,
  }
  const confirming = { db, now, secrets: deps.emailSecrets }
  const sessions: SessionStarter = {
    challenge: (signedIn) => challengeFor(deps, signedIn),
    create: (signedIn, amr) =>
      createSession({ signSession: deps.signSession, seconds: sessionSeconds }, signedIn, amr),
  }
  app.route(
    '/api',
    createAccountRoutes({
      signUp: (input) => signUp(deps, input),
      signIn: (input) => signIn(deps, input),
      endSession: (session) => endSession(ending, session),
      signOutEverywhere: (account) => signOutEverywhere(ending, account),
      findAccount: (account) => findAccount(db, account),
      sessions,
    }),
  )
  app.route(
    '/api',
    createPasswordRoutes({
      requestReset: (input) => requestReset(deps, input),
      completeReset: (input) => completeReset({ ...deps, ...ending }, input),
      changePassword: (input) => changePassword({ ...deps, ...ending }, input),
      isEnrolled: async (account) => (await readEnrolledAt(db, account)) !== null,
      sessions,
    }),
  )
  app.route(
    '/api',
    createConfirmationRoutes({
      requestConfirmation: (input) => requestConfirmation(deps, input),
      findAccount: (account) => findAccount(db, account),
      confirmByCode: (input) => confirmByCode(confirming, input),
      confirmByToken: (input) => confirmByToken(confirming, input),
      renewSession: (claims, account) => renewSession(deps, claims, account),
    }),
  )
  app.route(
    '/api',
    createSecondFactorRoutes({
      read: (account) => readSecondFactor(db, account),
      begin: (input) => beginEnrolment(deps, input),
      confirm: (input) => confirmEnrolment({ ...deps, ...ending }, input),
      remove: (input) => removeSecondFactor({ ...deps, ...ending }, input),
      renewCodes: (input) => renewRecoveryCodes(deps, input),
      answer: (input) => answerChallenge(deps, input),
      createSession: sessions.create,
    }),
  )
  app.route('/api', createDevelopmentMailRoutes(deps))
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
          {
            ...{ redis, db, recorder: deps.paymentRecorder },
            ...{ rememberSeconds: limits.idempotencySeconds, queueMax: limits.paymentQueueMax },
          },
          input,
        ),
      readPayment,
      followPayment: ({ room, account, ...input }) => {
        const read = () => readPayment({ room, account, payment: input.payment })
        return followPayment({ changes: deps.paymentChanges, now, read }, input)
      },
      waitSecondsMax: limits.paymentWaitSecondsMax,
      requestsMax: config.connectionsMax,
    }),
  )
  app.route(
    '/api',
    createPaymentDeadLetterRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      listDeadLetters: (input) => listDeadLetters(db, input),
      resolveDeadLetter: (input) =>
        resolveDeadLetter(
          { ...deps, queueEmails: deps.mail?.queue, rememberSeconds: limits.paymentRememberSeconds },
          input,
        ),
    }),
  )
  app.route(
    '/api',
    createDeadLetterRoutes({
      listPayments: (input) => listOpenDeadLetters(db, input),
      listEmails: (input) => listDeadEmails(db, input),
    }),
  )
  app.route(
    '/api',
    createReversalRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      listReversals: (input) => listReversals(db, input),
      settleReversal: (input) => settleReversal(deps, input),
    }),
  )
  app.route(
    '/api',
    createOrderRoutes({
      findOrders: (account) => findOrders(deps, account, limits.ordersShownMax),
      findOrderSummaries: (account) => findOrderSummaries(deps, account, limits.ordersShownMax),
      findOrder: (account, order) => findOrder(deps, account, order),
      findPurchase: (of) => findPurchase(db, of),
      cancelOrder: cancel,
    }),
  )
  app.route(
    '/api',
    createRefundRoutes({ findRefunds: (account) => findRefunds(db, account, limits.ordersShownMax) }),
  )
  app.route(
    '/api',
    createAdminOrderRoutes({
      findFestivalOfOrder: (order) => findFestivalOfOrder(db, order),
      findAnyOrder: (order) => findAnyOrder(deps, order),
      cancelOrder: cancel,
    }),
  )
  app.route(
    '/api',
    createAdminPaymentRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      listPayments: (input) => listPayments(db, input),
    }),
  )
  const exportsUnderWay = createLeases({ max: EXPORTS_PER_ACCOUNT_MAX, msMax: EXPORT_MS_MAX, now })
  app.route(
    '/api',
    createAdminOrderListRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      searchOrders: (input) =>
        searchOrders({ db, readTicketText: deps.readTicketText, scanMax: limits.ordersSearchedMax }, input),
      exportsUnderWay,
      exportOrders: (input) =>
        exportOrders(
          { db, readTicketText: deps.readTicketText, now, ordersMax: limits.ordersExportedMax },
          input,
        ),
    }),
  )
  app.route(
    '/api',
    createAdminSaleRoutes({
      readSale: createSaleReader({
        db,
        redis,
        now,
        keepMs: limits.saleCountsCachedMs,
        roomsMax: limits.festivalsMax,
      }),
      typeName,
    }),
  )
  app.route(
    '/api',
    createAdminAccountRoutes({
      findAccounts: (input) => findAccounts(db, input),
      changeRoles: (input) => changeRoles(deps, input),
    }),
  )
  app.route('/api', createAdminChangeRoutes({ readChanges: (input) => readChanges(db, input) }))
  app.route(
    '/api',
    createRoomRoutes({
      readRoom: (room) => readRoom(db, room),
      changeRoom: (input) => changeRoom(deps, input),
      readChanges: (input) => readChanges(db, input),
    }),
  )
  app.route(
    '/api',
    createCheckInRoutes({
      ticketJwks: deps.ticketJwks,
      checkIn: (input) => checkIn(deps, input),
      findFestivalOfScan: (id) => findFestivalOfScan(db, id),
      undoCheckIn: (input) => undoCheckIn(deps, input),
      readWindow: (festival) => readCheckInWindow(db, festival),
      readSummary: createSummaryReader({
        db,
        now,
        keepMs: limits.checkInSummaryCachedMs,
        festivalsMax: limits.festivalsMax,
      }),
      readGateList: (input) => readGateList(db, { ...input, ticketsMax: limits.checkInListMax }),
      readGateNames: (input) => readGateNames(db, { ...input, ticketsMax: limits.checkInListMax }),
      now,
    }),
  )
  app.route(
    '/api',
    createAdminGateRoutes({
      hasRoom: async (room) => (await readRoom(db, room)) !== undefined,
      readConflicts: (input) => readConflicts(db, input),
      exportsUnderWay,
      exportScans: (input) => exportScans({ db, now }, input),
    }),
  )
  app.route('/api', createFestivalsApp({ ...deps, limits }))
  app.route(
    '/api',
    createTeamRoutes({
      setSettings: (input) => setTeamSettings(deps, input),
      readTeam: (festival) => readTeam(db, festival, new Date(now())),
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

  function typeName(type: number): string | undefined {
    return [...deps.catalogue.current(), ...deps.catalogue.upcoming()]
      .flatMap(({ ticketTypes }) => ticketTypes)
      .find(({ id }) => id === type)?.name
  }

  /** Answers once nothing leads back to an owned order; refund and units follow behind the answer. */
  async function cancel(input: CancelOrderInput) {
    const result = await cancelOrder({ ...deps, queueEmails: deps.mail?.queue }, input)
    if (result.status === 'cancelling') deps.cancellations.take(input.order)
    return result
  }
}
