import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { deadLetters, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import { openTestHolds, testCharge, testWorkerDeps } from '../../testing/payments.ts'
import type { PaymentProvider } from '../provider.ts'
import { beginPayments, expirePayment } from './record-payments.ts'
import { resolvePayment } from './resolve-payment.ts'
import { type PaymentWorker, startPaymentWorker } from './worker.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

const depsOf = (provider: PaymentProvider, n = 0) => ({
  ...{ redis: caller(n), db: db(), provider, now: Date.now, rememberSeconds: 60 },
})
const stockOf = (room: string, type: number) =>
  redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`, `sold:${type}`)
const ordersOf = (room: string) => db().select().from(orders).where(eq(orders.festivalId, room))

/** Payments that are recorded, as when their worker died at that moment. */
async function recorded(count: number, quantity = count) {
  const sale = await openTestHolds({ db: db(), redis: redis() }, count, quantity)
  const ids = await sale.payAll()
  const list = await Promise.all(ids.map(sale.payment))
  await beginPayments(db(), list, new Date())
  return { ...sale, list, ids }
}

describe('resolving a payment', () => {
  it('makes a charged one an order, and ends it in Redis', async () => {
    const { room, type, ids } = await recorded(1)
    const provider = createBookProvider()
    await provider.charge(testCharge({ key: ids[0] ?? '' }))
    const resolved = await resolvePayment(depsOf(provider), ids[0] ?? '')
    expect(resolved).toEqual({ status: 'ended', state: 'confirmed', orderId: expect.any(String) })
    expect(await stockOf(room, type)).toEqual(['0', '0', '1'])
    expect(await resolvePayment(depsOf(provider), ids[0] ?? '')).toEqual(resolved)
  })

  it('never charges a payment that the provider does not know, and leaves its units held', async () => {
    const { room, type, ids } = await recorded(1)
    const provider = createBookProvider()
    expect(await resolvePayment(depsOf(provider), ids[0] ?? '')).toEqual({ status: 'none' })
    expect(provider.attempts).toEqual([])
    expect(await stockOf(room, type)).toEqual(['0', '1', '0'])
  })

  it('lists a refund that the provider refuses for the organiser, once, until it is made', async () => {
    const { room, ids } = await recorded(1)
    const [id = ''] = ids
    await expirePayment(db(), id, new Date())
    const book = createBookProvider()
    await book.charge(testCharge({ key: id }))
    const deadLettersOf = () => db().select().from(deadLetters).where(eq(deadLetters.festivalId, room))
    const pending: PaymentProvider = { ...book, refund: async () => ({ status: 'pending' }) }
    expect(await resolvePayment(depsOf(pending), id)).toEqual({ status: 'refund-pending' })
    expect(await deadLettersOf()).toEqual([])
    const refusing: PaymentProvider = {
      ...book,
      refund: async () => ({ status: 'refused', reason: 'the account is closed' }),
    }
    const refused = { status: 'refund-refused', reason: 'the account is closed' }
    expect(await resolvePayment(depsOf(refusing), id)).toEqual(refused)
    expect(await resolvePayment(depsOf(refusing), id)).toEqual(refused)
    expect(await deadLettersOf()).toEqual([
      expect.objectContaining({
        paymentId: id,
        reason: 'refund-refused: the account is closed',
        resolvedAt: null,
      }),
    ])
    expect(await resolvePayment(depsOf(book), id)).toEqual({ status: 'ended', state: 'refunded' })
    expect(await deadLettersOf()).toEqual([expect.objectContaining({ resolvedAt: expect.any(Date) })])
  })

  it('reports unknown outcomes and payments that MySQL does not know', async () => {
    const { ids } = await recorded(1)
    const cause = new Error('unavailable')
    const provider: PaymentProvider = {
      ...createBookProvider(),
      findCharge: async () => ({ status: 'unknown', cause }),
    }
    expect(await resolvePayment(depsOf(provider), ids[0] ?? '')).toEqual({ status: 'unknown', cause })
    expect(await resolvePayment(depsOf(provider), crypto.randomUUID())).toEqual({ status: 'missing' })
  })

  it('refunds a charge that is found for an expired payment', async () => {
    const { room, type, ids } = await recorded(1)
    const provider = createBookProvider()
    await expirePayment(db(), ids[0] ?? '', new Date())
    expect(await resolvePayment(depsOf(provider), ids[0] ?? '')).toEqual({
      status: 'ended',
      state: 'expired',
    })
    await provider.charge(testCharge({ key: ids[0] ?? '' }))
    expect(await resolvePayment(depsOf(provider), ids[0] ?? '')).toEqual({
      status: 'ended',
      state: 'refunded',
    })
    expect([...provider.refunds.values()]).toEqual(ids)
    expect(await stockOf(room, type)).toEqual(['1', '0', '0'])
  })

  it('cancels at the provider what was begun of an expired payment, and of no other', async () => {
    const { ids } = await recorded(2)
    const [open = '', expired = ''] = ids
    const abandoned: string[] = []
    const provider: PaymentProvider = {
      ...createBookProvider(),
      async abandon({ key }) {
        abandoned.push(key)
        return { status: 'abandoned' }
      },
    }
    await expirePayment(db(), expired, new Date())
    for (const id of [open, expired, expired]) await resolvePayment(depsOf(provider), id)
    expect(abandoned).toEqual([expired, expired])
  })

  it('may run dozens of times concurrently with the workers that process the same payments', async () => {
    // Two units fewer in MySQL than in Redis, so that two payments are refunded.
    const sale = await openTestHolds({ db: db(), redis: redis() }, 60, 58)
    const { room, type } = sale
    await redis().hincrby(roomKeys(room).stock, `free:${type}`, 2)
    const ids = await sale.payAll()
    const list = await Promise.all(ids.map(sale.payment))
    await beginPayments(db(), list, new Date())
    // Their worker died after it had charged them.
    const provider = createBookProvider()
    await Promise.all(list.map((payment) => provider.charge(testCharge({ key: payment.id }))))
    for (const consumer of ['one', 'two']) {
      const deps = testWorkerDeps({ db: db(), redis: caller(1), provider }, { consumer, batchMax: 7 })
      started.push(startPaymentWorker(deps, room))
    }
    const resolving = Array.from({ length: 600 }, (_, n) =>
      resolvePayment(depsOf(provider, n), ids[Math.floor(n / 10)] ?? ''),
    )
    const resolved = await Promise.all(resolving)
    expect(new Set(resolved.map(({ status }) => status)).has('unknown')).toBe(false)
    await expect.poll(() => redis().xlen(roomKeys(room).payments), { interval: 10 }).toBe(0)
    expect(await ordersOf(room)).toHaveLength(58)
    expect(provider.refunds.size).toBe(2)
    expect(provider.attempts.toSorted()).toEqual(ids.toSorted())
    expect(await stockOf(room, type)).toEqual(['0', '0', '60'])
    const rows = await db().select().from(payments).where(eq(payments.festivalId, room))
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['confirmed', 'refunded']))
  })
})
