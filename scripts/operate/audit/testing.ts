import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Database } from '../../../drizzle/database.ts'
import { enterRoom } from '../../../gateway/room/enter-room.ts'
import { admitUntil, claimByArrival, enterMany } from '../../../gateway/testing/room.ts'
import { readHold } from '../../../origin/holds/read-hold.ts'
import { takeHold } from '../../../origin/holds/take-hold.ts'
import type { QueuedPayment } from '../../../origin/payments/payment-entry.ts'
import { createPaymentStream, type PaymentStream } from '../../../origin/payments/payment-stream.ts'
import { acceptPayment } from '../../../origin/payments/process/accept-payment.ts'
import { finishPayment } from '../../../origin/payments/process/finish-payment.ts'
import { beginPayments } from '../../../origin/payments/process/record-payments.ts'
import {
  type ChargedPayment,
  type SettledPayment,
  settlePayments,
} from '../../../origin/payments/process/settle-payments.ts'
import type { PaymentProvider } from '../../../origin/payments/provider.ts'
import { freeOfCharge } from '../../../origin/payments/providers/free-of-charge.ts'
import { createSandboxProvider } from '../../../origin/payments/providers/sandbox.ts'
import { refundPayment } from '../../../origin/payments/refund-payment.ts'
import { makeTestAccounts, makeTestFestival } from '../../../origin/testing/origin.ts'
import { agreementTo, openTestRecorder, testCharge } from '../../../origin/testing/payments.ts'
import { listen } from '../../../shared/http/listen.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { openTestSandbox } from '../../develop/sandbox-provider/testing.ts'
import { audit } from './audit.ts'
import type { Facts, RoomFacts } from './facts.ts'
import { createLedgerClient } from './read-ledger.ts'
import type { AuditReport } from './report.ts'

export type TestFan = { account: string; passId: string; position: number; entryKey: Buffer }
export type TestSale = Awaited<ReturnType<typeof openTestSale>>

const REMEMBER_SECONDS = 60

/** A festival on sale with a separate provider, and each step of a purchase by the product's own code. */
export async function openTestSale(
  { db, redis }: { db: Database; redis: Redis },
  options: { quantities?: number[]; accountLimit?: number; priceMinor?: number } = {},
) {
  const festival = await makeTestFestival({ db, redis }, { quantities: [10, 5], ...options })
  const room = festival.id
  const [type = 0, otherType = 0] = festival.types
  const { sandbox, provider, providerUrl } = await openTestProvider()
  const stream = createPaymentStream({ redis, blockingRedis: async () => redis, room, consumer: 'test' })
  await stream.ensure()
  const fans = fanSteps({ db, redis, room, type, otherType })
  const worker = workerSteps({ db, redis, provider, stream })

  /** All steps for a fan with a hold. */
  async function pay(fan: TestFan, method?: string): Promise<SettledPayment & { orderId: string }> {
    await fans.accept(fan, method)
    const queued = await worker.take()
    await worker.record(queued)
    const settled = await worker.settle(await worker.charge(queued))
    await worker.finish(queued, settled)
    return { orderId: '', ...settled }
  }

  return {
    festival,
    type,
    otherType,
    keys: roomKeys(room),
    provider,
    providerUrl,
    charges: sandbox.charges,
    dials: sandbox.dials,
    /** The entries of the provider's ledger. */
    entries: () => sandbox.ledger.records,
    ...fans,
    ...worker,
    pay,
    /** The entire purchase. */
    async buy(quantity = 1, other = 0): Promise<SettledPayment & { orderId: string }> {
      const fan = await fans.admitFan()
      await fans.hold(fan, quantity, other)
      return pay(fan)
    },
    audit: (waitSeconds = 0): Promise<AuditReport> =>
      audit({ db, redis, fetchLedger: createLedgerClient(providerUrl), festival: room, waitSeconds }),
  }
}

/** A sale with two fans who have passes, at positions 0 and 1, and three who were called. */
export async function openCalledSale(stores: { db: Database; redis: Redis }) {
  const sale = await openTestSale(stores)
  const room = sale.festival.id
  const fans = [await sale.admitFan(), await sale.admitFan()] as const
  await enterMany(stores.redis, room, 3)
  await admitUntil(stores.redis, room, 5)
  return { ...sale, room, fans }
}

/** Audits a sale that takes the given steps while it is read: after MySQL, and before the ledger. */
export async function auditDuring(
  stores: { db: Database; redis: Redis },
  { festival, providerUrl }: Pick<TestSale, 'festival' | 'providerUrl'>,
  steps: readonly (() => Promise<unknown>)[],
): Promise<AuditReport> {
  const fetchLedger = createLedgerClient(providerUrl)
  const left = [...steps]
  const report = await audit({
    ...stores,
    async fetchLedger(after, limit) {
      for (const step of left.splice(0)) await step()
      return fetchLedger(after, limit)
    },
    festival: festival.id,
    waitSeconds: 0,
  })
  if (left.length > 0) throw new Error('the ledger was not read')
  return report
}

/** A sandbox provider on a port, and a client of it. */
async function openTestProvider() {
  const sandbox = await openTestSandbox({ recordsMax: 10_000, wait })
  const { port, close } = await listen(sandbox.app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100 })
  const providerUrl = `http://127.0.0.1:${port}`
  const client = createSandboxProvider({ url: providerUrl, timeoutMs: 5000, connectionsMax: 20 })
  onTestFinished(async () => {
    await client.close()
    await close()
  })
  return { sandbox, provider: freeOfCharge(client.provider), providerUrl }
}

/** What a fan does. */
function fanSteps(of: { db: Database; redis: Redis; room: string; type: number; otherType: number }) {
  const { db, redis, room, type, otherType } = of
  return {
    /** Takes a fan from entering to a pass. */
    async admitFan(account?: string): Promise<TestFan> {
      const [made = ''] = account === undefined ? await makeTestAccounts(db, 1) : [account]
      const entryKey = randomBytes(16)
      const entered = await enterRoom({ redis, rememberSeconds: REMEMBER_SECONDS }, room, entryKey)
      if (entered.status !== 'entered') throw new Error(entered.status)
      await admitUntil(redis, room, entered.index + 1)
      const claimed = await claimByArrival(redis, { room, position: entered.index, account: made })
      if (claimed.status !== 'pass') throw new Error(claimed.status)
      return { account: made, passId: claimed.passId, position: entered.index, entryKey }
    },

    async hold({ account, passId }: TestFan, quantity = 1, other = 0): Promise<void> {
      const basket = [
        { type, quantity },
        { type: otherType, quantity: other },
      ].filter((line) => line.quantity > 0)
      const held = await takeHold(redis, { room, account, passId, basket })
      if (held.status !== 'held') throw new Error(held.status)
    },

    async accept({ account, passId }: TestFan, method = 'card-ok'): Promise<string> {
      const agreed = agreementTo(await readHold(redis, { room, passId }))
      const accepted = await acceptPayment(
        { redis, db, recorder: openTestRecorder(db), rememberSeconds: REMEMBER_SECONDS, queueMax: 1000 },
        { room, account, passId, method, ...agreed, idempotencyKey: passId },
      )
      if (accepted.status !== 'accepted') throw new Error(accepted.status)
      return accepted.payment
    },
  }
}

/** The worker's steps, each of which can be left out. */
function workerSteps(of: { db: Database; redis: Redis; provider: PaymentProvider; stream: PaymentStream }) {
  const { db, redis, provider, stream } = of
  return {
    async take(): Promise<QueuedPayment> {
      const { queued } = await stream.readNew(1, 10)
      const [first] = queued
      if (first === undefined) throw new Error('no payment is in the stream')
      return first
    },
    async record({ payment }: QueuedPayment): Promise<void> {
      await beginPayments(db, [payment], new Date())
    },
    async charge({ payment }: QueuedPayment): Promise<ChargedPayment> {
      const { id: key, amountMinor, currency, method } = payment
      const outcome = await provider.charge(testCharge({ key, amountMinor, currency, method }))
      if (outcome.status === 'unknown') throw outcome.cause
      if (outcome.status === 'action') throw new Error('the sandbox asks its fan for something')
      return { payment, outcome }
    },
    async settle(charged: ChargedPayment): Promise<SettledPayment> {
      const settled = (await settlePayments(db, [charged], new Date())).get(charged.payment.id)
      if (settled === undefined) throw new Error('the payment was not recorded')
      return settled
    },
    async finish(queued: QueuedPayment, settled: SettledPayment): Promise<void> {
      const { state, orderId } = settled
      if (state === 'refunding') await refundPayment({ db, provider }, settled.payment)
      const end = state === 'refunding' ? 'refunded' : state
      const order = orderId === undefined ? {} : { orderId }
      await finishPayment(redis, queued, { state: end, ...order }, REMEMBER_SECONDS)
    },
  }
}

/** The breaches, as `number breach: IDs`; empty when everything holds. */
export function brokenIn({ invariants }: AuditReport): string[] {
  return invariants.flatMap(({ number, breaches }) =>
    breaches.map(({ breach, first }) => `${number} ${breach}: ${first.map(({ id }) => id).join(', ')}`),
  )
}

/** Facts of an empty festival in an idle room, except for those given. */
export function makeFacts({
  after,
  ...facts
}: Partial<Omit<Facts, 'after'>> & { after?: Partial<RoomFacts> }): Facts {
  return {
    before: undefined,
    sales: {
      types: new Map(),
      payments: new Map(),
      orders: new Map(),
      ownedUnits: [],
      tickets: [],
      checkIns: [],
      refunds: [],
    },
    charges: new Map(),
    counts: new Map(),
    positions: { log: Buffer.alloc(0), claimed: Buffer.alloc(0), records: new Map() },
    lost: new Set(),
    deadLetter: new Set(),
    returning: new Set(),
    ...facts,
    after: {
      nowMs: 0,
      epoch: '1',
      isDrawn: undefined,
      ratePerSecond: 1,
      maxActive: 1,
      stock: new Map(),
      holds: new Map(),
      expiring: new Set(),
      stream: new Set(),
      passEnds: new Map(),
      passPositions: new Map(),
      serving: -1,
      missedThrough: -1,
      entryBytes: 0,
      left: 0,
      calls: [],
      unresolved: new Map(),
      unresolvedTotal: 0,
      turns: new Set(),
      turnEnds: new Set(),
      ...after,
    },
  }
}
