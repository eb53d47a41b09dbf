import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { createLogger } from '../../shared/log.ts'
import { createBlockingRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, useRedis } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { takeHold } from '../holds/take-hold.ts'
import { type BookProvider, createBookProvider, makeTestAccounts, makeTestFestival } from '../testing.ts'
import { acceptPayment } from './accept-payment.ts'
import { type PaymentWorker, startPaymentWorker } from './worker.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

function startWorker(
  room: string,
  provider: BookProvider,
  consumer: string,
  retryMs = 60_000,
): PaymentWorker {
  const worker = startPaymentWorker(
    {
      redis: redis(),
      openBlockingRedis: () => createBlockingRedis({ url: redisUrl(), name: 'test payments', log }),
      db: db(),
      provider,
      now: Date.now,
      log,
      countOutcome: () => {},
      consumer,
      batchMax: 50,
      chargesAtOnceMax: 20,
      retryMs,
      rememberSeconds: 60,
    },
    room,
  )
  started.push(worker)
  return worker
}

/** A festival in which so many fans hold a unit, and a way for them to pay. */
async function fansWhoHold(count: number, quantity = count) {
  const festival = await makeTestFestival({ db: db(), redis: redis() }, { quantities: [quantity] })
  const accounts = await makeTestAccounts(db(), count)
  const passes = await grantTestPasses(redis(), festival.id, accounts)
  const basket = [{ type: festival.types[0] ?? 0, quantity: 1 }]
  const pay = async (i: number): Promise<string> => {
    const input = { room: festival.id, account: accounts[i] ?? '', passId: passes[i] ?? '' }
    await takeHold(redis(), { ...input, basket })
    const accepted = await acceptPayment(
      { redis: redis(), rememberSeconds: 60, waitingMax: 10_000 },
      { ...input, method: 'card-ok', idempotencyKey: `key-${i}` },
    )
    return accepted.status === 'accepted' ? accepted.payment : ''
  }
  return {
    room: festival.id,
    type: basket[0]?.type ?? 0,
    pay,
    payAll: () => Promise.all(accounts.map((_, i) => pay(i))),
  }
}

const drained = (room: string) =>
  expect.poll(() => redis().xlen(roomKeys(room).payments), { timeout: 20_000, interval: 10 }).toBe(0)

const stateOf = (room: string, payment: string) => redis().hget(roomKeys(room).payment(payment), 'state')
const rowsOf = (room: string) => db().select().from(payments).where(eq(payments.festivalId, room))
const ordersOf = (room: string) => db().select().from(orders).where(eq(orders.festivalId, room))

describe('the payment worker', () => {
  it('makes hundreds of payments orders, shared by two workers, each charged once', async () => {
    const { room, payAll, type } = await fansWhoHold(300)
    const provider = createBookProvider()
    startWorker(room, provider, 'one')
    startWorker(room, provider, 'two')
    const ids = await payAll()
    await drained(room)
    expect(new Set(await Promise.all(ids.map((id) => stateOf(room, id))))).toEqual(new Set(['confirmed']))
    expect(await ordersOf(room)).toHaveLength(300)
    expect([...provider.charges.keys()].toSorted()).toEqual(ids.toSorted())
    const stock = await redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`, `sold:${type}`)
    expect(stock).toEqual(['0', '0', '300'])
  })

  it('lets a declined fan try again while the hold lasts', async () => {
    const { room, pay } = await fansWhoHold(1)
    const provider = createBookProvider()
    provider.next.push('decline')
    startWorker(room, provider, 'one')
    const id = await pay(0)
    await expect.poll(() => stateOf(room, id)).toBe('declined')
    expect(provider.charges.size).toBe(0)
    expect(await redis().hget(roomKeys(room).payment(id), 'reason')).toBe('card declined')
  })

  it('asks about a charge whose answer was lost, and never charges it twice', async () => {
    const { room, pay } = await fansWhoHold(1)
    const provider = createBookProvider()
    provider.next.push('lose')
    startWorker(room, provider, 'one', 100)
    const id = await pay(0)
    await expect.poll(() => stateOf(room, id), { timeout: 10_000 }).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
    expect(await ordersOf(room)).toHaveLength(1)
  })

  it('keeps the units of a payment whose outcome is unknown, and charges it when the provider is back', async () => {
    const { room, pay, type } = await fansWhoHold(1)
    const provider = createBookProvider()
    provider.next.push('fail', 'fail')
    startWorker(room, provider, 'one', 100)
    const id = await pay(0)
    await expect.poll(() => provider.next.length).toBe(1)
    expect(await redis().hget(roomKeys(room).stock, `held:${type}`)).toBe('1')
    await expect.poll(() => stateOf(room, id), { timeout: 10_000 }).toBe('confirmed')
    expect(provider.charges.size).toBe(1)
  })

  it.each([
    ['another worker takes up, once they have rested', 'one', 100],
    ['it takes up itself at once when it is started again', 'dead', 60_000],
  ])('has left payments behind when it died, which %s', async (_, consumer, retryMs) => {
    const { room, payAll } = await fansWhoHold(120)
    const ids = await payAll()
    // A worker that read everything and was never heard of again.
    const { payments: stream } = roomKeys(room)
    await redis().xgroup('CREATE', stream, 'settlers', '0')
    await redis().xreadgroup(
      ...(['GROUP', 'settlers', 'dead', 'COUNT', 500, 'STREAMS', stream, '>'] as const),
    )
    const provider = createBookProvider()
    startWorker(room, provider, consumer, retryMs)
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(120)
    expect(provider.attempts.toSorted()).toEqual(ids.toSorted())
  })

  it('gives the money back when MySQL has no unit for what Redis sold', async () => {
    const { room, payAll, type } = await fansWhoHold(3, 2)
    // Redis is made to believe in a unit that does not exist.
    await redis().hincrby(roomKeys(room).stock, `free:${type}`, 1)
    const provider = createBookProvider()
    startWorker(room, provider, 'one')
    const ids = await payAll()
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(2)
    const refunded = (await rowsOf(room)).filter(({ state }) => state === 'refunded')
    expect(refunded).toHaveLength(1)
    expect([...provider.refunds.values()]).toEqual(refunded.map(({ id }) => id))
    expect(await Promise.all(ids.map((id) => stateOf(room, id)))).toContain('refunded')
  })

  it('is not held up by a payment that cannot be recorded', async () => {
    const { room, payAll } = await fansWhoHold(5)
    const { payments: stream } = roomKeys(room)
    const fields = { payment: crypto.randomUUID(), account: crypto.randomUUID(), hold: crypto.randomUUID() }
    const rest = { basket: '[{"type":1,"quantity":1}]', amount: '1', currency: 'KRW', method: 'card-ok' }
    await redis().xadd(stream, '*', ...Object.entries({ ...fields, ...rest }).flat())
    await redis().xadd(stream, '*', 'nonsense', 'yes')
    await payAll()
    const provider = createBookProvider()
    startWorker(room, provider, 'one')
    await expect.poll(async () => (await ordersOf(room)).length).toBe(5)
    expect(provider.charges.has(fields.payment)).toBe(false)
  })

  it('finishes what it has begun when it is stopped', async () => {
    const { room, payAll } = await fansWhoHold(100)
    const provider = createBookProvider()
    const worker = startWorker(room, provider, 'one')
    await payAll()
    await expect.poll(() => provider.charges.size).toBeGreaterThan(0)
    await worker.stop()
    expect(await ordersOf(room)).toHaveLength(provider.charges.size)
  })
})
