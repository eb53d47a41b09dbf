import { desc, eq } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import type { Database } from '../../../drizzle/database.ts'
import { ticketTypes, units } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { createOriginApp } from '../../../origin/app.ts'
import { finishCancellation } from '../../../origin/orders/finish-cancellation.ts'
import { finishRefund } from '../../../origin/orders/finish-refund.ts'
import { createFinishing, type Finishing } from '../../../origin/orders/finishing.ts'
import { endWaiting, NOT_DONE_IN_TIME } from '../../../origin/payments/process/end-waiting.ts'
import { resolvePayment } from '../../../origin/payments/process/resolve-payment.ts'
import { startPaymentWorker } from '../../../origin/payments/process/worker.ts'
import type { PaymentProvider } from '../../../origin/payments/provider.ts'
import { type Reconciled, reconcile } from '../../../origin/payments/reconcile/reconcile.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../../origin/testing/app.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { createBlockingRedis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { AUDIENCES, type Role } from '../../../shared/tokens/kinds.ts'
import { brokenIn, openTestSale, type TestFan, type TestSale } from '../audit/testing.ts'

export type CancelSale = Awaited<ReturnType<typeof openCancelSale>>

const log = createLogger('test', 'silent')
const tokens = makeTestTokens()

const lifetime = () => {
  const seconds = Math.floor(Date.now() / 1000)
  return { iat: seconds, exp: seconds + 600 }
}

/** A sale whose orders can be cancelled through the API, and reconciled. */
export async function openCancelSale(
  stores: { db: Database; redis: Redis },
  options: {
    quantities?: number[]
    accountLimit?: number
    priceMinor?: number
    cancellations?: Pick<Finishing, 'take'>
    refunds?: Pick<Finishing, 'take'>
  } = {},
) {
  const { db, redis } = stores
  const { cancellations, refunds, ...ofSale } = options
  const sale = await openTestSale(stores, ofSale)
  const { provider } = sale
  const giveBack = (order: string, by: { redis?: Redis; provider?: PaymentProvider; db?: Database } = {}) =>
    finishCancellation({ db, redis, provider, now: Date.now, ...by }, order)
  const finishPart = (refund: string, by: { redis?: Redis; provider?: PaymentProvider } = {}) =>
    finishRefund({ db, redis, provider, now: Date.now, ...by }, refund)
  const background = {
    cancellations: createFinishing({ what: 'cancellation', finish: (order) => giveBack(order), log }),
    refunds: createFinishing({ what: 'refund', finish: (refund) => finishPart(refund), log }),
  }
  const app = createOriginApp({
    ...testOriginDeps({ db, redis, catalogue: emptyCatalogue }, tokens),
    cancellations: cancellations ?? background.cancellations,
    refunds: refunds ?? background.refunds,
  })
  return {
    ...sale,
    db,
    redis,
    ...apiOf(app, sale.festival.id),
    ...stateOf(stores, sale),
    /** Resolves when the app's background work after responses is done. */
    async idle() {
      await background.cancellations.idle()
      await background.refunds.idle()
    },
    /** Runs a cancellation to its end, or as far as it gets. */
    giveBack,
    /** The same for a refund in part. */
    finishPart,
    startWorker: () => startWorker({ db, redis, provider, room: sale.festival.id }),
    /** Reconciles everything, however recent; `more` overrides its dependencies. */
    reconcile: (more: ReconcileOptions = {}) => reconcileAll({ db, redis, provider }, more),
    /** The audit's findings, as `number breach: IDs`. */
    broken: async () => brokenIn(await sale.audit()),
  }
}

/** An origin's processing of payments made through the API. */
function startWorker(of: { db: Database; redis: Redis; provider: PaymentProvider; room: string }): void {
  const { db, redis, provider, room } = of
  const worker = startPaymentWorker(
    {
      ...{ db, redis, log, provider, now: Date.now, countOutcome: () => {} },
      openBlockingRedis: (key) =>
        createBlockingRedis({ url: redisUrl(), name: 'test payments', log }, { redis, key }),
      ...{
        consumer: 'worker',
        batchMax: 10,
        chargeConcurrency: 10,
        attemptsMax: 12,
        rememberSeconds: 60,
        publicUrl: 'https://naru.test',
      },
      ...{ backoff: { baseMs: 400, maxMs: 2000 }, expireMs: 900_000, expireMarginMs: 30_000 },
    },
    room,
  )
  onTestFinished(() => worker.stop())
}

type App = ReturnType<typeof createOriginApp>

type AppRequest = { method: string; path: string; headers: Record<string, string>; body?: unknown }

async function send(app: App, { method, path, headers, body }: AppRequest) {
  const response = await app.request(path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Holds and pays with a pass of the fan; the response has the payment. */
async function payOverApp(
  app: App,
  festival: string,
  { account, passId }: TestFan,
  basket: { type: number; quantity: number }[],
) {
  const room = `/api/rooms/${festival}`
  const pass = tokens.signPass({ aud: festival, sub: account, jti: passId, ...lifetime() })
  const authorization = { authorization: `Bearer ${pass}` }
  const held = await send(app, {
    ...{ method: 'PUT', path: `${room}/hold` },
    ...{ headers: authorization, body: { basket } },
  })
  // Without a hold the fan has seen none, and requests one that never existed.
  const { amountMinor = 0, version = '0'.repeat(16) } = held.body
  const headers = { ...authorization, 'idempotency-key': passId }
  const body = { method: 'card-ok', amountMinor, holdVersion: version }
  return send(app, { method: 'POST', path: `${room}/payments`, headers, body })
}

/** Requests to the origin. */
function apiOf(app: App, festival: string) {
  const call = (
    method: string,
    path: string,
    account: string,
    roles: Role[],
    body?: unknown,
    more: Record<string, string> = {},
  ) => {
    const claims = { aud: AUDIENCES.session, sub: account, name: 'Test', ...lifetime() }
    const headers = { authorization: `Bearer ${tokens.signSession({ ...claims, roles })}`, ...more }
    return send(app, { method, path, headers, body })
  }

  return {
    payOverApp: (fan: TestFan, basket: { type: number; quantity: number }[]) =>
      payOverApp(app, festival, fan, basket),
    seeOrders: (account: string) => call('GET', '/api/orders', account, ['fan']),
    cancel: (order: string, account: string) =>
      call('POST', `/api/orders/${order}/cancellation`, account, ['fan']),
    cancelAsOrganiser: (order: string, account: string, body?: unknown, roles: Role[] = ['organiser']) =>
      call('POST', `/api/admin/orders/${order}/cancellation`, account, roles, body),
    /** Refunds a part of an order; without a key each request is another one. */
    refundInPart: (
      order: string,
      account: string,
      body: Record<string, unknown>,
      { key = crypto.randomUUID(), roles = ['organiser'] as Role[] } = {},
    ) =>
      call('POST', `/api/admin/orders/${order}/refunds`, account, roles, body, {
        'idempotency-key': key,
      }),
    seeRefundable: (order: string, account: string, roles: Role[] = ['organiser']) =>
      call('GET', `/api/admin/orders/${order}/refunds`, account, roles),
    seeOrder: (order: string, account: string) => call('GET', `/api/orders/${order}`, account, ['fan']),
    seePayment: (payment: string, account: string) =>
      call('GET', `/api/rooms/${festival}/payments/${payment}`, account, ['fan']),
    listPayments: (query: string, account: string, roles: Role[] = ['organiser']) =>
      call('GET', `/api/admin/rooms/${festival}/payments${query}`, account, roles),
  }
}

type ReconcileOptions = { provider?: PaymentProvider; redis?: Redis; abandonMs?: number; rowsMax?: number }

function reconcileAll(
  of: { db: Database; redis: Redis; provider: PaymentProvider },
  { abandonMs = 0, rowsMax = 1000, ...rest }: ReconcileOptions,
): Promise<Reconciled> {
  const deps = { ...of, now: Date.now, log, ...rest }
  const resolving = { ...deps, rememberSeconds: 60 }
  return reconcile(
    {
      ...deps,
      resolvePayment: (payment) => resolvePayment(resolving, payment),
      endWaiting: (payment) => endWaiting(resolving, payment, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
      countFinding: () => {},
      limits: { restMs: 0, abandonMs, rowsMax, concurrencyMax: 4 },
    },
    new Date(0),
  )
}

/** What the stores and the provider have. */
function stateOf({ db, redis }: { db: Database; redis: Redis }, sale: TestSale) {
  return {
    /** Free, held and sold units of the first type in Redis, and owned ones in MySQL. */
    async stock() {
      const fields = ['free', 'held', 'sold'].map((name) => `${name}:${sale.type}`)
      const [free, held, sold] = (await redis.hmget(sale.keys.stock, ...fields)).map(Number)
      const rows = await db.select().from(units).where(eq(units.ticketTypeId, sale.type))
      return { free, held, sold, owned: rows.filter(({ orderId }) => orderId !== null).length }
    },
    refunds: (payment: string) =>
      sale.entries().filter((entry) => entry.kind === 'refund' && entry.chargeKey === payment),
    async order(id: string) {
      const [row] = await db
        .select({ state: orders.state, returnedAt: orders.stockReturnedAt, payment: payments.state })
        .from(orders)
        .innerJoin(payments, eq(payments.id, orders.paymentId))
        .where(eq(orders.id, id))
      return row === undefined
        ? undefined
        : { state: row.state, payment: row.payment, isReturned: row.returnedAt !== null }
    },
    ticketsOf: (order: string) =>
      db.select().from(tickets).where(eq(tickets.orderId, order)).orderBy(desc(tickets.id)),
    passDeadline: () =>
      db
        .update(ticketTypes)
        .set({ refundUntil: new Date(Date.now() - 1000) })
        .where(eq(ticketTypes.id, sale.otherType)),
  }
}
