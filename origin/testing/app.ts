import { createLogger } from '../../shared/runtime/log.ts'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { publicJwk } from '../../shared/tokens/keys.ts'
import { AUDIENCES, type Role } from '../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../shared/tokens/sign.ts'
import { createTokenVerifier } from '../../shared/tokens/verify.ts'
import type { Access } from '../access/access.ts'
import { createEmailSecrets } from '../accounts/email-secrets.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { createFactorKeys } from '../accounts/second-factor/factor-keys.ts'
import { createSessionChecks } from '../accounts/session-checks.ts'
import type { OriginDeps } from '../context.ts'
import { createPaymentRecorder } from '../payments/process/payment-recorder.ts'
import { createTicketReader, createTicketSigner } from '../tickets/ticket-text.ts'
import { createBookProvider } from './book-provider.ts'

/** Keys of every kind of token, with what signs and what verifies by them. */
export function makeTestTokens() {
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey(), ticket: makeTestKey() }
  const verifier = { now: Date.now, cacheMax: 100 }
  const signSession = createTokenSigner('session', keys.session.privateKey)
  const signService = createTokenSigner('service', keys.service.privateKey)
  const seconds = Math.floor(Date.now() / 1000)
  const lifetime = { iat: seconds, exp: seconds + 600 }
  return {
    /** Claims of a token that is valid while the tests run. */
    lifetime,
    /** The gateway's token. */
    service: signService({ aud: AUDIENCES.service, sub: 'gateway', ...lifetime }),
    /** The session of an account with the given roles. */
    sessionOf: (account: string, roles: Role[], name = 'Test') =>
      signSession({ aud: AUDIENCES.session, sub: account, name, roles, ...lifetime }),
    signPass: createTokenSigner('pass', keys.pass.privateKey),
    signSession,
    signService,
    signTicket: createTicketSigner(keys.ticket.privateKey, 100),
    readTicketText: createTicketReader([keys.ticket.publicKey]),
    emailSecrets: createEmailSecrets(keys.session.privateKey.key),
    factorKeys: createFactorKeys([keys.session.privateKey.key]),
    ticketJwks: [publicJwk(keys.ticket.publicKey)],
    verifiers: {
      pass: createTokenVerifier({ kind: 'pass', keys: [keys.pass.publicKey], ...verifier }),
      session: createTokenVerifier({ kind: 'session', keys: [keys.session.publicKey], ...verifier }),
      service: createTokenVerifier({ kind: 'service', keys: [keys.service.publicKey], ...verifier }),
    },
  }
}

/** An empty catalogue that accepts every room. */
export const emptyCatalogue: OriginDeps['catalogue'] = {
  current: () => [],
  upcoming: () => [],
  known: () => true,
  refresh: async () => ({ failedRooms: [] }),
  follow: async () => {},
}

/** The dependencies of an origin's app, on the stores of a test. */
export function testOriginDeps(
  stores: Pick<OriginDeps, 'db' | 'redis' | 'catalogue'>,
  {
    verifiers,
    signSession,
    signTicket,
    readTicketText,
    ticketJwks,
    emailSecrets,
    factorKeys,
  }: ReturnType<typeof makeTestTokens>,
): OriginDeps {
  return {
    config: { publicUrl: 'https://naru.test', connectionsMax: 100 },
    limits: {
      bodyBytesMax: 1024,
      webhookBytesMax: 4096,
      sessionSeconds: 600,
      idempotencySeconds: 60,
      paymentQueueMax: 100,
      ordersShownMax: 10,
      paymentRememberSeconds: 60,
      paymentWaitSecondsMax: 5,
      paymentsCachedMax: 100,
      checkInListMax: 100,
      checkInSummaryCachedMs: 0,
      festivalsMax: 100,
      festivalBytesMax: 65_536,
      ticketTypesMax: 5,
      unitsPerTypeMax: 500,
      unitsPerFestivalMax: 1000,
      imageBytesMax: 1_000_000,
      imagePixelsMax: 4_000_000,
      imageSecondsMax: 20,
      saleCountsCachedMs: 0,
      ordersSearchedMax: 100,
      ordersExportedMax: 100,
    },
    ...stores,
    // No process finishes cancellations and refunds, unless a test does.
    cancellations: { take: () => {} },
    refunds: { take: () => {} },
    // No changes are received, unless a test provides them.
    paymentChanges: { watch: () => undefined, isConnected: () => false, onChange: () => {}, close: () => {} },
    paymentRecorder: createPaymentRecorder({ db: stores.db, now: Date.now, batchMax: 100 }),
    provider: createBookProvider(),
    // There are no images, unless a test provides a store.
    images: { put: async () => {}, get: async () => undefined, remove: async () => {} },
    passwords: createPasswords(1, 2),
    sessionChecks: createSessionChecks({ db: stores.db, now: Date.now, cachedMax: 100, cachedMs: 0 }),
    emailSecrets,
    factorKeys,
    verifiers,
    access: believeSessions,
    signSession,
    signTicket,
    readTicketText,
    ticketJwks,
    metrics: createMetrics({ service: 'origin', withProcess: false }),
    now: Date.now,
    log: createLogger('test', 'silent'),
  }
}

/** Sessions are trusted, unless a test queries MySQL: organisers own every festival, and staff are at every gate. */
const believeSessions: Access = {
  permissions: async ({ roles }) => {
    const isOrganiser = roles.includes('organiser')
    return {
      ...{ operates: isOrganiser, creates: isOrganiser, organises: isOrganiser },
      gates: isOrganiser || roles.includes('staff'),
      gateFestivals: [],
      needsSecondFactor: false,
    }
  },
  membership: async ({ roles }) =>
    roles.includes('organiser')
      ? { role: 'owner', isSecondFactorRequired: false }
      : roles.includes('staff')
        ? { role: 'gate', isSecondFactorRequired: false }
        : undefined,
  requiresSecondFactor: async () => false,
}
