import { desc, eq } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import type { Database } from '../../../drizzle/database.ts'
import { ticketTypes, units } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { createOriginApp } from '../../../origin/app.ts'
import { type Cancellations, createCancellations } from '../../../origin/orders/cancellations.ts'
import { finishCancellation } from '../../../origin/orders/finish-cancellation.ts'
import { resolvePayment } from '../../../origin/payments/process/resolve-payment.ts'
import { startPaymentWorker } from '../../../origin/payments/process/worker.ts'
import type { PaymentProvider } from '../../../origin/payments/provider.ts'
import { type Reconciled, reconcile } from '../../../origin/payments/reconcile/reconcile.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../../origin/testing/origin.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import { createBlockingRedis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { AUDIENCES, type Role } from '../../../shared/tokens/kinds.ts'
import { brokenIn, openTestSale, type TestFan } from '../audit/testing.ts'

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
    cancellations?: Pick<Cancellations, 'take'>
  } = {},
) {
  const { db, redis } = stores
  const { cancellations: given, ...ofSale } = options
  const sale = await openTestSale(stores, ofSale)
  const giveBack = (order: string, by: { redis?: Redis; provider?: PaymentProvider; db?: Database } = {}) =>
    finishCancellation({ db, redis, provider: sale.provider, now: Date.now, ...by }, order)
  const inBackground = createCancellations({ finish: giveBack, log })
  const app = createOriginApp({
    ...testOriginDeps({ db, redis, catalogue: emptyCatalogue }, tokens),
    cancellations: given ?? inBackground,
  })

  async function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const response = await app.request(path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  function call(method: string, path: string, account: string, roles: Role[], body?: unknown) {
    const claims = { aud: AUDIENCES.session, sub: account, name: 'Test', ...lifetime() }
    return send(method, path, { authorization: `Bearer ${tokens.signSession({ ...claims, roles })}` }, body)
  }

  /** An origin's processing of payments made through the API. */
  function startWorker(): void {
    const worker = startPaymentWorker(
      {
        ...{ db, redis, log, provider: sale.provider, now: Date.now, countOutcome: () => {} },
        openBlockingRedis: (key) =>
          createBlockingRedis({ url: redisUrl(), name: 'test payments', log }, { redis, key }),
        ...{
          consumer: 'worker',
          batchMax: 10,
          chargeConcurrency: 10,
          attemptsMax: 12,
          rememberSeconds: 60,
        },
        ...{ backoff: { baseMs: 400, maxMs: 2000 }, expireMs: 900_000, expireMarginMs: 30_000 },
      },
      sale.festival.id,
    )
    onTestFinished(() => worker.stop())
  }

  return {
    ...sale,
    db,
    redis,
    /** Resolves when the app's background work after responses is done. */
    idle: inBackground.idle,
    /** Runs a cancellation to its end, or as far as it gets. */
    giveBack,
    startWorker,
    /** Holds and pays through the API with a pass of the fan; returns the payment's path. */
    async payOverApp({ account, passId }: TestFan, basket: { type: number; quantity: number }[]) {
      const room = `/api/rooms/${sale.festival.id}`
      const pass = tokens.signPass({ aud: sale.festival.id, sub: account, jti: passId, ...lifetime() })
      const authorization = { authorization: `Bearer ${pass}` }
      const held = (await send('PUT', `${room}/hold`, authorization, { basket })).body
      // Without a hold the fan has seen none, and requests one that never existed.
      const { amountMinor = 0, version = '0'.repeat(16) } = held
      const headers = { ...authorization, 'idempotency-key': passId }
      return send('POST', `${room}/payments`, headers, {
        ...{ method: 'card-ok', amountMinor, holdVersion: version },
      })
    },
    seeOrders: (account: string) => call('GET', '/api/orders', account, ['fan']),
    cancel: (order: string, account: string) =>
      call('POST', `/api/orders/${order}/cancellation`, account, ['fan']),
    cancelAsOrganiser: (order: string, account: string, body?: unknown, roles: Role[] = ['organiser']) =>
      call('POST', `/api/admin/orders/${order}/cancellation`, account, roles, body),
    seeOrder: (order: string, account: string) => call('GET', `/api/orders/${order}`, account, ['fan']),
    seePayment: (payment: string, account: string) =>
      call('GET', `/api/rooms/${sale.festival.id}/payments/${payment}`, account, ['fan']),
    listPayments: (query: string, account: string, roles: Role[] = ['organiser']) =>
      call('GET', `/api/admin/rooms/${sale.festival.id}/payments${query}`, account, roles),

    /** Reconciles everything, however recent; `more` overrides its dependencies. */
    reconcile: (
      more: { provider?: PaymentProvider; redis?: Redis; abandonMs?: number; rowsMax?: number } = {},
    ): Promise<Reconciled> => {
      const { abandonMs = 0, rowsMax = 1000, ...rest } = more
      const deps = { db, redis, provider: sale.provider, now: Date.now, log, ...rest }
      return reconcile(
        {
          ...deps,
          resolvePayment: (payment) => resolvePayment({ ...deps, rememberSeconds: 60 }, payment),
          countFinding: () => {},
          limits: { restMs: 0, abandonMs, rowsMax, concurrencyMax: 4 },
        },
        new Date(0),
      )
    },

    /** The audit's findings, as `number breach: IDs`. */
    broken: async () => brokenIn(await sale.audit()),
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
