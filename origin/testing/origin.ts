import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { readRun } from '../../shared/redis/runs.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { publicJwk } from '../../shared/tokens/keys.ts'
import { createTokenSigner } from '../../shared/tokens/sign.ts'
import { createTokenVerifier } from '../../shared/tokens/verify.ts'
import type { Access } from '../access/access.ts'
import { createEmailSecrets } from '../accounts/email-secrets.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { createFactorKeys } from '../accounts/second-factor/factor-keys.ts'
import { createSessionChecks } from '../accounts/session-checks.ts'
import { makeFestival, type NewFestival } from '../catalogue/make-festival.ts'
import type { OriginDeps } from '../context.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import type { Payment } from '../payments/payment.ts'
import { createPaymentRecorder } from '../payments/process/payment-recorder.ts'
import type { ChargeRequest, PaymentProvider } from '../payments/provider.ts'
import { maintainRoom } from '../rooms/maintain-room.ts'
import { createTicketReader, createTicketSigner } from '../tickets/ticket-text.ts'

const DAY_MS = 86_400_000

export type TestFestival = { id: string; types: number[] }

/** A festival on sale, in MySQL and, where a Redis is given, in Redis. */
export async function makeTestFestival(
  deps: { db: Database; redis?: Redis },
  options: {
    quantities?: number[]
    priceMinor?: number
    accountLimit?: number
    holdSeconds?: number
    room?: Partial<NewFestival['room']>
  } = {},
): Promise<TestFestival> {
  const now = Date.now()
  const id = `test-${uuidv7()}`
  const from = new Date(now - DAY_MS)
  const to = new Date(now + DAY_MS)
  const far = new Date(now + 15 * 366 * DAY_MS)
  const made = await makeFestival(
    { db: deps.db, now: Date.now },
    {
      id,
      name: 'Test',
      place: 'Here',
      startsAt: from,
      endsAt: far,
      currency: 'KRW',
      room: {
        order: 'arrival',
        lobbyAt: from,
        opensAt: from,
        closesAt: to,
        ratePerSecond: 10_000,
        maxActive: 10_000,
        entriesMax: 100_000,
        graceSeconds: 60,
        passSeconds: 600,
        holdSeconds: options.holdSeconds ?? 300,
        ...options.room,
      },
      ticketTypes: (options.quantities ?? [100]).map((quantity, i) => ({
        name: `Type ${i + 1}`,
        priceMinor: options.priceMinor ?? 1000,
        quantity,
        accountLimit: options.accountLimit ?? 10,
        saleFrom: from,
        saleTo: far,
        refundUntil: to,
      })),
    },
  )
  if (made.status !== 'made') throw new Error('a random ID was taken')
  if (deps.redis !== undefined) await publishTestFestival({ db: deps.db, redis: deps.redis }, id)
  return { id, types: made.ticketTypes }
}

/** Publishes one festival to Redis, as the origin does on its round. */
export async function publishTestFestival(deps: { db: Database; redis: Redis }, id: string): Promise<void> {
  const record = (await readCatalogue(deps.db, 1000)).find(({ festival }) => festival.id === id)
  if (record === undefined) throw new Error('the festival is not in MySQL')
  await maintainRoom({ ...deps, restoreMs: 0, leaseMs: 10_000 }, record, {
    changed: true,
    runId: await readRun(deps.redis, id),
  })
}

/** Accounts that cannot be signed in to. Returns their IDs. */
export async function makeTestAccounts(db: Database, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7())
  await db.insert(accounts).values(
    ids.map((id) => ({
      id,
      email: `${id}@naru.test`,
      name: 'Test',
      passwordHash: 'none',
      roles: ['fan'],
      createdAt: new Date(),
    })),
  )
  return ids
}

/** A payment as a worker reads it from the stream. */
export function makeTestPayment(festival: TestFestival, account: string, quantity = 1): Payment {
  const [type = 0] = festival.types
  return {
    id: uuidv7(),
    account,
    room: festival.id,
    hold: uuidv7(),
    basket: [{ type, quantity }],
    amountMinor: 1000 * quantity,
    currency: 'KRW',
    method: 'card-ok',
  }
}

/** Keys of every kind of token, with what signs and what verifies by them. */
export function makeTestTokens() {
  const keys = { pass: makeTestKey(), session: makeTestKey(), service: makeTestKey(), ticket: makeTestKey() }
  const verifier = { now: Date.now, cacheMax: 100 }
  return {
    signPass: createTokenSigner('pass', keys.pass.privateKey),
    signSession: createTokenSigner('session', keys.session.privateKey),
    signService: createTokenSigner('service', keys.service.privateKey),
    signTicket: createTicketSigner(keys.ticket.privateKey, 100),
    readTicketText: createTicketReader([keys.ticket.publicKey]),
    emailSecrets: createEmailSecrets(keys.session.privateKey.key),
    factorKeys: createFactorKeys(keys.session.privateKey.key),
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
    // No process finishes cancellations, unless a test does.
    cancellations: { take: () => {} },
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

export type BookProvider = PaymentProvider & {
  /** The key of every call of `charge`, whatever its result. */
  attempts: string[]
  /** Every charge, by key: what the provider's ledger would contain. */
  charges: Map<string, ChargeRequest>
  refunds: Map<string, string>
  /** The results of the next calls of `charge`; `lose` charges and loses the response. */
  next: ('lose' | 'fail' | 'decline')[]
}

/** A provider with its ledger in memory that fails on demand: for tests of the worker. */
export function createBookProvider(): BookProvider {
  const charges = new Map<string, ChargeRequest>()
  const declined = new Set<string>()
  const refunds = new Map<string, string>()
  const attempts: string[] = []
  const next: BookProvider['next'] = []
  const chargeId = (key: string) => createHash('sha1').update(key).digest('hex')
  return {
    attempts,
    charges,
    refunds,
    next,
    async charge(request) {
      attempts.push(request.key)
      const way = next.shift()
      if (way === 'fail') return { status: 'unknown', cause: new Error('no answer') }
      if (way === 'decline') {
        declined.add(request.key)
        return { status: 'declined', reason: 'card declined' }
      }
      charges.set(request.key, request)
      if (way === 'lose') return { status: 'unknown', cause: new Error('the answer was lost') }
      return { status: 'succeeded', chargeId: chargeId(request.key) }
    },
    async findCharge(key) {
      if (declined.has(key)) return { status: 'declined', reason: 'card declined' }
      return charges.has(key) ? { status: 'succeeded', chargeId: chargeId(key) } : { status: 'none' }
    },
    async refund({ key, chargeKey }) {
      refunds.set(key, chargeKey)
      return { status: 'refunded' }
    },
  }
}
