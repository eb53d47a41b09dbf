import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { orders, payments, paymentsAside } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { createBookProvider, makeTestAccounts } from '../../testing/origin.ts'
import { openTestHolds, testWorkerDeps } from '../../testing/payments.ts'
import { expirePayment } from '../process/record-payments.ts'
import { resolvePayment } from '../process/resolve-payment.ts'
import { setAside } from '../process/set-aside.ts'
import { type PaymentWorker, startPaymentWorker } from '../process/worker.ts'
import type { PaymentProvider } from '../provider.ts'
import { listAsides } from './list-asides.ts'
import { type ResolveAsideInput, resolveAside } from './resolve-aside.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

/** Payments to which the provider has answered nonsense until they were set aside, with or without charging them. */
async function setAsideBy(count: number, charges: boolean) {
  const sale = await openTestHolds({ db: db(), redis: redis() }, count)
  const book = createBookProvider()
  const nonsense = { status: 'unknown', cause: new SyntaxError('not JSON') } as const
  let sane = false
  const provider: PaymentProvider = {
    ...book,
    async charge(request) {
      if (sane || charges) await book.charge(request)
      return sane ? book.charge(request) : nonsense
    },
    findCharge: async (key, request) => (sane ? book.findCharge(key, request) : nonsense),
  }
  const backoff = { baseMs: 100, maxMs: 100 }
  started.push(
    startPaymentWorker(testWorkerDeps({ db: db(), redis: redis(), provider }, { backoff }), sale.room),
  )
  const ids = await sale.payAll()
  const { payments: stream, stock } = roomKeys(sale.room)
  await expect.poll(() => redis().xlen(stream)).toBe(0)
  const [organiser = ''] = await makeTestAccounts(db(), 1)
  const deps = { redis: redis(), db: db(), provider, now: Date.now, rememberSeconds: 60 }
  return {
    ...sale,
    ids,
    book,
    deps,
    becomesSane: () => (sane = true),
    asides: () => listAsides(db(), { room: sale.room, limit: 100 }),
    decide: (id: number, action: ResolveAsideInput['action']) =>
      resolveAside(deps, { room: sale.room, id, account: organiser, action }),
    stateOf: (id: string) => redis().hget(roomKeys(sale.room).payment(id), 'state'),
    stock: () => redis().hmget(stock, `free:${sale.type}`, `held:${sale.type}`, `sold:${sale.type}`),
    log: () => db().select().from(auditLog).where(eq(auditLog.subject, sale.room)),
    organiser,
  }
}

describe('a payment that was set aside', () => {
  it('is made when it is put back, with attempts anew, and once only however many put it back', async () => {
    const { asides, decide, becomesSane, ids, stateOf, stock, log, book, room, organiser } = await setAsideBy(
      1,
      true,
    )
    const [aside] = await asides()
    becomesSane()
    const results = await Promise.all(Array.from({ length: 20 }, () => decide(aside?.id ?? 0, 'retry')))
    expect(results.filter(({ status }) => status === 'resolved')).toHaveLength(1)
    await expect.poll(() => stateOf(ids[0] ?? '')).toBe('confirmed')
    await expect.poll(() => redis().xlen(roomKeys(room).payments)).toBe(0)
    expect(book.charges.size).toBe(1)
    expect(await db().select().from(orders).where(eq(orders.festivalId, room))).toHaveLength(1)
    expect(await stock()).toEqual(['0', '0', '1'])
    expect(await redis().hget(roomKeys(room).payment(ids[0] ?? ''), 'failures')).toBeNull()
    expect(await log()).toMatchObject([
      { action: 'payment.retry', accountId: organiser, before: { payment: ids[0] } },
    ])
    expect(await decide(aside?.id ?? 0, 'dismiss')).toEqual({ status: 'closed' })
  })

  it('gives its units back when it is dismissed and was not charged, once, and is never charged after', async () => {
    const { asides, decide, becomesSane, ids, stateOf, stock, log, deps } = await setAsideBy(2, false)
    const [aside] = await asides()
    expect(await stock()).toEqual(['0', '2', '0'])
    becomesSane()
    const results = await Promise.all(Array.from({ length: 20 }, () => decide(aside?.id ?? 0, 'dismiss')))
    expect(results.filter(({ status }) => status === 'resolved')).toHaveLength(1)
    expect(await stock()).toEqual(['1', '1', '0'])
    const id = aside?.payment ?? ''
    expect(ids).toContain(id)
    expect(await stateOf(id)).toBe('expired')
    expect(await resolvePayment(deps, id)).toEqual({ status: 'ended', state: 'expired' })
    expect(await log()).toMatchObject([{ action: 'payment.dismiss' }])
  })

  it('cannot be dismissed when it was charged, or while that cannot be told', async () => {
    const { asides, decide, becomesSane, stock } = await setAsideBy(1, true)
    const [aside] = await asides()
    expect(await decide(aside?.id ?? 0, 'dismiss')).toEqual({ status: 'unknown' })
    becomesSane()
    expect(await decide(aside?.id ?? 0, 'dismiss')).toEqual({ status: 'charged' })
    expect(await stock()).toEqual(['0', '1', '0'])
    expect((await asides())[0]?.resolvedAt).toBeNull()
  })

  it('stays to be decided when it was given up and the provider does not say whether it was charged', async () => {
    const { asides, decide, becomesSane, ids, stock } = await setAsideBy(1, false)
    const [aside] = await asides()
    // As when Redis went away after MySQL had it given up.
    await expirePayment(db(), ids[0] ?? '', new Date())
    expect(await decide(aside?.id ?? 0, 'dismiss')).toEqual({ status: 'unknown' })
    expect(await stock()).toEqual(['0', '1', '0'])
    becomesSane()
    expect(await decide(aside?.id ?? 0, 'dismiss')).toEqual({ status: 'resolved' })
    expect(await stock()).toEqual(['1', '0', '0'])
  })

  it('needs no decision any more once it has ended otherwise', async () => {
    const { asides, becomesSane, ids, deps } = await setAsideBy(1, true)
    becomesSane()
    expect(await resolvePayment(deps, ids[0] ?? '')).toMatchObject({ status: 'ended', state: 'confirmed' })
    expect((await asides())[0]).toMatchObject({ state: 'confirmed', resolvedAt: expect.any(Date) })
  })

  it('can be dismissed when MySQL does not take it at all, and when it cannot be read', async () => {
    const { room, pay, payment, type } = await openTestHolds({ db: db(), redis: redis() }, 2)
    const [first, second] = [await payment(await pay(0)), await payment(await pay(1))]
    const [account = ''] = await makeTestAccounts(db(), 1)
    const deps = {
      redis: redis(),
      db: db(),
      provider: createBookProvider(),
      now: Date.now,
      rememberSeconds: 60,
    }
    const fields = {
      ...{ payment: first.id, hold: first.hold, account: crypto.randomUUID(), currency: 'KRW', method: 'x' },
      ...{ basket: JSON.stringify(first.basket), amount: '1000' },
    }
    await db().delete(payments).where(eq(payments.id, first.id))
    const put = { room, reason: 'bad', attempts: 1, at: new Date() }
    await setAside(db(), { ...put, entry: '1-1', fields })
    await setAside(db(), {
      ...put,
      entry: '1-2',
      fields: { payment: second.id, hold: second.hold, account: 'a' },
    })
    await setAside(db(), { ...put, entry: '1-2', fields: {} })
    const asides = await listAsides(db(), { room, limit: 100 })
    expect(asides.map(({ entry }) => entry)).toEqual(['1-2', '1-1'])
    expect(await resolveAside(deps, { room, account, id: asides[0]?.id ?? 0, action: 'retry' })).toEqual({
      status: 'unreadable',
    })
    for (const { id } of asides) {
      expect(await resolveAside(deps, { room, account, id, action: 'dismiss' })).toEqual({
        status: 'resolved',
      })
    }
    expect(await redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`)).toEqual(['2', '0'])
    expect(await db().select().from(payments).where(eq(payments.festivalId, room))).toMatchObject([
      { id: second.id, state: 'expired', reason: 'dismissed' },
    ])
    expect(
      await resolveAside(deps, { room: 'other', account, id: asides[0]?.id ?? 0, action: 'retry' }),
    ).toEqual({
      status: 'missing',
    })
  })
})

it('lists what was set aside page by page, open ones first and the newest first', async () => {
  const { room } = await openTestHolds({ db: db(), redis: redis() }, 0, 1)
  for (let i = 1; i <= 7; i += 1) {
    await setAside(db(), { room, entry: `1-${i}`, fields: {}, reason: 'bad', attempts: i, at: new Date() })
  }
  const all = await listAsides(db(), { room, limit: 100 })
  for (const { id, attempts } of all) {
    if (attempts % 2 === 0) {
      await db().update(paymentsAside).set({ resolvedAt: new Date() }).where(eq(paymentsAside.id, id))
    }
  }
  const seen: number[] = []
  let after: { open: boolean; id: number } | undefined
  for (;;) {
    const page = await listAsides(db(), { room, limit: 2, after })
    seen.push(...page.map(({ attempts }) => attempts))
    const last = page.at(-1)
    if (last === undefined) break
    after = { open: last.resolvedAt === null, id: last.id }
  }
  expect(seen).toEqual([7, 5, 3, 1, 6, 4, 2])
})
