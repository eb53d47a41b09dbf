import { asc, eq, sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { checkIns, payments, refunds, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { takeHold } from '../../../origin/holds/take-hold.ts'
import { followProvider } from '../../../origin/payments/process/resolve-payment.ts'
import type { PaymentProvider, RefundOutcome } from '../../../origin/payments/provider.ts'
import { noteReversals } from '../../../origin/payments/reversals/note-reversals.ts'
import { makeTestAccounts } from '../../../origin/testing/origin.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { openCancelSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

type Options = Parameters<typeof openCancelSale>[1]

/** A sale of two types at 1000 won, and an organiser. */
async function open(options: Options = {}) {
  const sale = await openCancelSale({ db: db(), redis: redis() }, { quantities: [10, 5], ...options })
  const [organiser = ''] = await makeTestAccounts(db(), 1)
  const state = async (id: string) => {
    const [row] = await db().select().from(refunds).where(eq(refunds.id, id))
    if (row === undefined) throw new Error('there is no such refund')
    return row
  }
  return {
    ...sale,
    organiser,
    state,
    /** The order's tickets by type and number. */
    tickets: (order: string) =>
      db()
        .select()
        .from(tickets)
        .where(eq(tickets.orderId, order))
        .orderBy(asc(tickets.ticketTypeId), asc(tickets.unitNumber)),
    refund: (order: string, body: Record<string, unknown>, more = {}) =>
      sale.refundInPart(order, organiser, { reason: 'one cannot come', ...body }, more),
    rows: (order: string) =>
      db().select().from(refunds).where(eq(refunds.orderId, order)).orderBy(asc(refunds.id)),
    /** What the provider has given back of a payment. */
    returnedMinor: (payment: string) =>
      sale
        .refunds(payment)
        .reduce((sum, entry) => sum + (entry.kind === 'refund' ? entry.amountMinor : 0), 0),
  }
}

/** A provider whose refunds of parts end as given. */
const answering = (provider: PaymentProvider, outcome: RefundOutcome): PaymentProvider => ({
  ...provider,
  refund: async (request) => (request.part === true ? outcome : await provider.refund(request)),
})

/** Statements about tickets in this database that wait for a lock. */
async function waitingForTickets(): Promise<unknown> {
  const [rows] = await db().execute(sql`select trx_id from information_schema.innodb_trx
    join information_schema.processlist on id = trx_mysql_thread_id
    where db = database() and trx_state = 'LOCK WAIT' and trx_query like '%tickets%'`)
  return rows
}

const noBackground: Options = { refunds: { take: () => {} }, cancellations: { take: () => {} } }

describe('a refund of tickets', () => {
  it('returns their price, makes them void, and puts their units on sale again', async () => {
    const sale = await open({ quantities: [3, 2] })
    const { orderId, payment } = await sale.buy(3, 2)
    const [first, second, third, other] = await sale.tickets(orderId)
    const answer = await sale.refund(orderId, { tickets: [first?.id, other?.id] })
    expect(answer).toMatchObject({
      status: 202,
      body: { remainingMinor: 3000, refunds: [{ amountMinor: 2000, reason: 'one cannot come' }] },
    })
    await sale.idle()
    expect(await sale.rows(orderId)).toMatchObject([{ state: 'done', finishedAt: expect.any(Date) }])
    expect(sale.refunds(payment.id)).toMatchObject([{ amountMinor: 2000 }])
    expect(await sale.stock()).toEqual({ free: 1, held: 0, sold: 2, owned: 2 })
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([null, true, true, null, true])
    const seen = await sale.seeOrder(orderId, payment.account)
    expect(seen.body).toMatchObject({
      ...{ state: 'owned', amountMinor: 5000, refundedMinor: 2000 },
      refunds: [{ state: 'done', amountMinor: 2000, tickets: [first?.id, other?.id] }],
    })
    expect(await sale.order(orderId)).toMatchObject({ state: 'owned', payment: 'confirmed' })
    expect([second?.live, third?.live]).toEqual([true, true])
    expect(await sale.broken()).toEqual([])

    const next = await sale.buy(1, 1)
    expect(next.state).toBe('confirmed')
    expect(await sale.broken()).toEqual([])
  })

  it('no longer counts them against the limit of the account, in Redis and when settling', async () => {
    const sale = await open({ accountLimit: 2 })
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    const again = await sale.admitFan(payment.account)
    const { account, passId } = again
    const hold = (quantity: number) =>
      takeHold(redis(), {
        ...{ room: sale.festival.id, account, passId },
        basket: [{ type: sale.type, quantity }],
      })
    expect((await hold(1)).status).toBe('limit')
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.idle()
    expect((await hold(2)).status).toBe('limit')
    expect((await hold(1)).status).toBe('held')
    expect((await sale.pay(again)).state).toBe('confirmed')
    expect(await sale.broken()).toEqual([])
  })

  it('is written to the audit log with its reason', async () => {
    const sale = await open()
    const { orderId } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id], reason: ' ill ' })
    const logged = await db().select().from(auditLog).where(eq(auditLog.subject, orderId))
    expect(logged).toMatchObject([
      {
        ...{ accountId: sale.organiser, action: 'order.refund' },
        after: { amountMinor: 1000, currency: 'KRW', tickets: 1, reason: 'ill' },
      },
    ])
  })

  it('is refused for tickets that were used, are void, or belong to another order, and for all of an order', async () => {
    const sale = await open()
    const { orderId } = await sale.buy(3)
    const another = await sale.buy()
    const [first, second, third] = await sale.tickets(orderId)
    const [strange] = await sale.tickets(another.orderId)
    await db()
      .insert(checkIns)
      .values({
        ...{ id: crypto.randomUUID(), ticketId: second?.id ?? '', at: new Date() },
        ...{ accountId: sale.organiser, gate: 'North' },
      })
    const refused = async (...ids: unknown[]) => {
      const { status, body } = await sale.refund(orderId, { tickets: ids })
      return [status, body['code']]
    }
    expect(await refused(second?.id)).toEqual([409, 'checked-in'])
    expect(await refused(strange?.id)).toEqual([409, 'ticket-void'])
    expect(await refused(first?.id, second?.id, third?.id)).toEqual([409, 'whole-order'])
    expect(await refused(first?.id, first?.id)).toEqual([422, 'invalid-input'])
    expect(await refused()).toEqual([422, 'invalid-input'])
    await sale.refund(orderId, { tickets: [first?.id] })
    expect(await refused(first?.id)).toEqual([409, 'ticket-void'])
    expect(await sale.rows(orderId)).toHaveLength(1)
    await sale.idle()
    expect(await sale.broken()).toEqual([])
  })

  it('of free tickets frees their units without asking the provider', async () => {
    const sale = await open({ priceMinor: 0 })
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    expect((await sale.refund(orderId, { tickets: [first?.id] })).status).toBe(202)
    await sale.idle()
    expect(sale.refunds(payment.id)).toEqual([])
    expect(await sale.stock()).toEqual({ free: 9, held: 0, sold: 1, owned: 1 })
    expect(await sale.broken()).toEqual([])
  })

  it('waits for a check-in of the ticket that is in process, and is refused then', async () => {
    const sale = await open()
    const { orderId } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    const id = first?.id ?? ''
    let asked: ReturnType<typeof sale.refund> | undefined
    await db().transaction(async (tx) => {
      await tx.select().from(tickets).where(eq(tickets.id, id)).for('update')
      asked = sale.refund(orderId, { tickets: [id] })
      // The server returns the same data again to more frequent queries.
      await expect.poll(waitingForTickets, { timeout: 20_000, interval: 250 }).not.toEqual([])
      const scan = { id: crypto.randomUUID(), ticketId: id, accountId: sale.organiser }
      await tx.insert(checkIns).values({ ...scan, at: new Date(), gate: 'North' })
    })
    expect(await asked).toMatchObject({ status: 409, body: { code: 'checked-in' } })
    expect(await sale.rows(orderId)).toEqual([])
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([true, true])
  })
})

describe('a refund of an amount', () => {
  it('leaves all tickets valid, may be repeated, and ends at what was paid', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    expect((await sale.refund(orderId, { amountMinor: 700 })).status).toBe(202)
    expect((await sale.refund(orderId, { amountMinor: 300 })).status).toBe(202)
    const refused = await sale.refund(orderId, { amountMinor: 1001 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'refund-too-large', remainingMinor: 1000 } })
    expect((await sale.refund(orderId, { amountMinor: 1000 })).status).toBe(202)
    await sale.idle()
    expect(sale.returnedMinor(payment.id)).toBe(2000)
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([true, true])
    expect(await sale.stock()).toMatchObject({ sold: 2, owned: 2 })
    expect(await sale.broken()).toEqual([])
  })

  it('never exceeds what was paid, however many are requested concurrently', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(3)
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => sale.refund(orderId, { amountMinor: 700 })),
    )
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(4)
    await sale.idle()
    expect((await sale.rows(orderId)).map(({ state }) => state)).toEqual(Array(4).fill('done'))
    expect(sale.returnedMinor(payment.id)).toBe(2800)
    expect(await sale.broken()).toEqual([])
  })

  it('is made once for a key, however often it is requested with it', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    const key = crypto.randomUUID()
    const ask = (body: Record<string, unknown>) => sale.refund(orderId, body, { key })
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask({ amountMinor: 500 })))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202))
    expect(await ask({ amountMinor: 501 })).toMatchObject({ body: { code: 'idempotency-key-reused' } })
    await sale.idle()
    expect(sale.refunds(payment.id)).toHaveLength(1)
    expect(await sale.rows(orderId)).toHaveLength(1)
    const missing = await sale.refund(orderId, { amountMinor: 1 }, { key: '' })
    expect(missing.status).toBe(400)
  })

  it('is for those who manage the festival; its team may read it', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    const fan = await sale.refund(orderId, { amountMinor: 1 }, { roles: ['fan', 'staff'] })
    expect(fan).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await sale.seeRefundable(orderId, payment.account, ['fan'])).status).toBe(403)
    expect((await sale.refund(crypto.randomUUID(), { amountMinor: 1 })).status).toBe(404)
    const seen = await sale.seeRefundable(orderId, sale.organiser)
    expect(seen.body).toMatchObject({
      ...{ amountMinor: 2000, remainingMinor: 2000, isDeposit: false, refunds: [] },
      tickets: [
        { priceMinor: 1000, state: 'valid' },
        { priceMinor: 1000, state: 'valid' },
      ],
    })
  })

  it('of a deposit needs an account, which is deleted once the money was sent', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const action = { kind: 'deposit' as const, bank: '국민은행', accountNumber: '1', holder: 'Naru' }
    await db().update(payments).set({ action }).where(eq(payments.id, payment.id))
    const refused = await sale.refund(orderId, { amountMinor: 500 })
    expect(refused).toMatchObject({ status: 422, body: { code: 'refund-account-needed' } })
    const refundAccount = { bank: '국민은행', accountNumber: '123-456', holder: 'Kim' }
    expect((await sale.refund(orderId, { amountMinor: 500, refundAccount })).status).toBe(202)
    const [row] = await sale.rows(orderId)
    expect(row?.refundAccount).toEqual(refundAccount)
    const asked: unknown[] = []
    const provider: PaymentProvider = {
      ...sale.provider,
      refund: async (request) => {
        asked.push(request)
        return await sale.provider.refund(request)
      },
    }
    await sale.finishPart(row?.id ?? '', { provider })
    expect(asked).toMatchObject([{ key: row?.id, part: true, amountMinor: 500, refundAccount }])
    expect(await sale.state(row?.id ?? '')).toMatchObject({ state: 'done', refundAccount: null })
  })
})

describe('a refund in part and a cancellation', () => {
  it('refund together what was paid: the cancellation only what remains', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(3, 1)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.refund(orderId, { amountMinor: 200 })
    await sale.idle()
    expect((await sale.cancel(orderId, payment.account)).status).toBe(202)
    await sale.idle()
    expect(sale.returnedMinor(payment.id)).toBe(4000)
    expect(sale.refunds(payment.id).map((entry) => 'amountMinor' in entry && entry.amountMinor)).toEqual([
      1000, 200, 2800,
    ])
    expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled', payment: 'refunded' })
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect(await sale.refund(orderId, { amountMinor: 1 })).toMatchObject({
      body: { code: 'order-cancelled' },
    })
    expect(await sale.broken()).toEqual([])
  })

  it('free units once, also when another fan has bought the unit of the refunded ticket', async () => {
    const sale = await open({ quantities: [2, 1] })
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.idle()
    const next = await sale.buy()
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    expect(await sale.stock()).toEqual({ free: 1, held: 0, sold: 1, owned: 1 })
    expect((await sale.tickets(next.orderId)).map(({ live }) => live)).toEqual([true])
    expect(await sale.broken()).toEqual([])
  })

  it('agree when they are requested concurrently', async () => {
    for (let round = 0; round < 4; round += 1) {
      const sale = await open()
      const { orderId, payment } = await sale.buy(4)
      const [first, second] = await sale.tickets(orderId)
      await Promise.all([
        sale.refund(orderId, { tickets: [first?.id] }),
        sale.cancel(orderId, payment.account),
        sale.refund(orderId, { tickets: [second?.id], amountMinor: 900 }),
        sale.refund(orderId, { amountMinor: 300 }),
      ])
      await sale.idle()
      await sale.reconcile()
      expect(sale.returnedMinor(payment.id)).toBe(4000)
      expect(await sale.order(orderId)).toMatchObject({ state: 'cancelled', payment: 'refunded' })
      expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
      expect(await sale.broken()).toEqual([])
    }
  })

  it('wait for each other: the rest is refunded once the provider has decided about the part', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(3)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.cancel(orderId, payment.account)
    const provider = answering(sale.provider, { status: 'pending' })
    expect(await sale.giveBack(orderId, { provider })).toMatchObject({ status: 'refund-unknown' })
    expect(sale.refunds(payment.id)).toEqual([])
    expect(await sale.broken()).toEqual([])
    const refusing = answering(sale.provider, { status: 'refused', reason: 'account closed' })
    expect(await sale.giveBack(orderId, { provider: refusing })).toEqual({ status: 'finished' })
    expect(sale.refunds(payment.id)).toMatchObject([{ amountMinor: 3000 }])
    expect(await sale.rows(orderId)).toMatchObject([{ state: 'failed', failure: 'account closed' }])
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([null, null, null])
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect(await sale.broken()).toEqual([])
  })
})

describe('a refund in part that the provider does not make', () => {
  it('is told as being at the provider while it is pending there, and finished by a webhook', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    const [row] = await sale.rows(orderId)
    const provider = answering(sale.provider, { status: 'pending' })
    expect(await sale.finishPart(row?.id ?? '', { provider })).toEqual({ status: 'pending' })
    const shown = await sale.seeRefundable(orderId, sale.organiser)
    expect(shown.body['refunds']).toMatchObject([{ state: 'pending', atProvider: true, failure: null }])
    expect(await sale.stock()).toMatchObject({ free: 8, sold: 2, owned: 2 })
    expect(await sale.broken()).toEqual([])
    const deps = { db: db(), redis: redis(), provider: sale.provider, now: Date.now, rememberSeconds: 60 }
    await followProvider(deps, payment.id)
    expect(await sale.state(row?.id ?? '')).toMatchObject({ state: 'done', atProvider: false })
    expect(await sale.stock()).toMatchObject({ free: 9, sold: 1, owned: 1 })
  })

  it('makes its tickets valid again when it is refused, and its amount can be refunded in another way', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    const [row] = await sale.rows(orderId)
    const provider = answering(sale.provider, { status: 'refused', reason: 'the card is closed' })
    expect(await sale.finishPart(row?.id ?? '', { provider })).toEqual({
      ...{ status: 'failed', reason: 'the card is closed' },
    })
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([true, true])
    const shown = await sale.seeRefundable(orderId, sale.organiser)
    expect(shown.body).toMatchObject({
      remainingMinor: 2000,
      refunds: [{ state: 'failed', failure: 'the card is closed' }],
    })
    expect(await sale.broken()).toEqual([])
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.reconcile()
    expect(sale.returnedMinor(payment.id)).toBe(1000)
    expect(await sale.broken()).toEqual([])
  })

  it.each(['before', 'after'] as const)(
    'is resumed by reconciling when the provider does not answer, %s refunding, and refunds once',
    async (way) => {
      const sale = await open(noBackground)
      const { orderId, payment } = await sale.buy(2)
      const [first] = await sale.tickets(orderId)
      await sale.refund(orderId, { tickets: [first?.id] })
      const [row] = await sale.rows(orderId)
      const provider: PaymentProvider = {
        ...sale.provider,
        async refund(request) {
          if (way === 'after') await sale.provider.refund(request)
          return { status: 'unknown', cause: new Error('no answer') }
        },
      }
      expect(await sale.finishPart(row?.id ?? '', { provider })).toMatchObject({ status: 'refund-unknown' })
      expect(await sale.state(row?.id ?? '')).toMatchObject({ state: 'pending', atProvider: false })
      expect(await sale.broken()).toEqual([])
      const { findings } = await sale.reconcile()
      expect(findings).toMatchObject([{ found: 'part-refund-unfinished', done: 'refunded', order: orderId }])
      expect((await sale.reconcile()).findings).toEqual([])
      expect(sale.refunds(payment.id)).toMatchObject([{ amountMinor: 1000 }])
      expect(await sale.stock()).toEqual({ free: 9, held: 0, sold: 1, owned: 1 })
      expect(await sale.broken()).toEqual([])
    },
  )

  it.each([
    ['orderReturning', 'before'],
    ['orderReturning', 'after'],
    ['orderReturn', 'before'],
    ['orderReturn', 'after'],
  ] as const)('is resumed by reconciling when its process dies at %s, %s it was done', async (step, way) => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    const [row] = await sale.rows(orderId)
    const dying = new Proxy(redis(), {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== step) return value.bind(target)
        return async (...args: unknown[]) => {
          if (way === 'after') await Reflect.apply(value, target, args)
          throw new Error('the process died here')
        }
      },
    })
    await expect(sale.finishPart(row?.id ?? '', { redis: dying })).rejects.toThrow('died')
    expect(await sale.broken()).toEqual([])
    await sale.reconcile()
    expect(sale.refunds(payment.id)).toHaveLength(1)
    expect(await sale.state(row?.id ?? '')).toMatchObject({ state: 'done', finishedAt: expect.any(Date) })
    expect(await sale.stock()).toEqual({ free: 9, held: 0, sold: 1, owned: 1 })
    expect(await sale.broken()).toEqual([])
  })
})

describe('refunds in part beside refunds and disputes made at the provider', () => {
  const depsOf = (provider: PaymentProvider) => ({ db: db(), redis: redis(), provider, now: Date.now })

  it('are not taken for refunds made outside', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.refund(orderId, { amountMinor: 500 })
    await sale.idle()
    expect(await noteReversals(depsOf(sale.provider), payment.id)).toMatchObject({ isNew: false })
    expect((await sale.reconcile()).findings).toEqual([])
    expect((await sale.tickets(orderId)).map(({ flag }) => flag)).toEqual([null, null])
    expect(await sale.broken()).toEqual([])
  })

  it('leave less to refund when some was refunded outside, and cancel the order when nothing remains', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.refund(orderId, { amountMinor: 500 })
    await sale.idle()
    await sale.charges.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 700 })
    await noteReversals(depsOf(sale.provider), payment.id)
    const refused = await sale.refund(orderId, { amountMinor: 801 })
    expect(refused.body).toMatchObject({ code: 'refund-too-large', remainingMinor: 800 })
    await sale.charges.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 800 })
    const noted = await noteReversals(depsOf(sale.provider), payment.id)
    expect(noted).toMatchObject({ status: 'cancelled' })
    expect(sale.returnedMinor(payment.id)).toBe(2000)
    expect(await sale.broken()).toEqual([])
  })

  it('fail when the money was refunded outside a moment before, and are never made twice', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.charges.reverse({ kind: 'refund', chargeKey: payment.id, amountMinor: 1500 })
    const [row] = await sale.rows(orderId)
    expect(await sale.finishPart(row?.id ?? '')).toMatchObject({ status: 'failed' })
    await sale.reconcile()
    expect(sale.returnedMinor(payment.id)).toBe(1500)
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([true, true])
    expect(await sale.broken()).toEqual([])
  })

  it('wait while a dispute is open', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    await sale.charges.reverse({ kind: 'dispute', chargeKey: payment.id, amountMinor: 2000, status: 'open' })
    await noteReversals(depsOf(sale.provider), payment.id)
    const refused = await sale.refund(orderId, { amountMinor: 1 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'charge-disputed' } })
  })

  it('are told as bounced when the money comes back later, and can be refunded in another way', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await sale.idle()
    const [row] = await sale.rows(orderId)
    const provider: PaymentProvider = {
      ...sale.provider,
      findReversals: async () => ({
        status: 'found',
        reversals: [
          {
            ...{ id: 're_1', key: row?.id ?? '', kind: 'refund', state: 'failed' },
            ...{ amountMinor: 1000, madeAt: new Date() },
          },
        ],
      }),
    }
    expect(await noteReversals(depsOf(provider), payment.id)).toMatchObject({ status: 'noted', isNew: true })
    const shown = await sale.seeRefundable(orderId, sale.organiser)
    expect(shown.body).toMatchObject({ remainingMinor: 2000, refunds: [{ state: 'bounced' }] })
    expect((await sale.tickets(orderId)).map(({ live }) => live)).toEqual([null, true])
  })
})

describe('the audit', () => {
  it('reports a refunded ticket that is valid, money that was not returned, and more than was paid', async () => {
    const sale = await open(noBackground)
    const { orderId, payment } = await sale.buy(2)
    const [first] = await sale.tickets(orderId)
    await sale.refund(orderId, { tickets: [first?.id] })
    await db().update(tickets).set({ live: true }).where(eq(tickets.orderId, orderId))
    expect(await sale.broken()).toEqual([`2 a refunded ticket is not void: ${first?.id}`])
    await db()
      .update(tickets)
      .set({ live: null })
      .where(eq(tickets.id, first?.id ?? ''))
    await db().update(refunds).set({ state: 'done', finishedAt: new Date() })
    const broken = await sale.broken()
    expect(broken).toContain(`3 a refund in part is done, and its charge was not given back: ${payment.id}`)
    expect(broken).toContain(`2 an order does not own what it paid for: ${orderId}`)
    await db().update(refunds).set({ amountMinor: 2001 })
    expect(await sale.broken()).toContain(`3 more is refunded in part than was paid: ${payment.id}`)
  })
})
