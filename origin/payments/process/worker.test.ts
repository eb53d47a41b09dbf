import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import { deadLetters, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { grantTestPasses, useRedis, wipeTestRoom } from '../../../shared/testing/redis.ts'
import { takeHold } from '../../holds/take-hold.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import {
  agreementTo,
  openTestHolds,
  openTestRecorder,
  testCharge,
  testWorkerDeps,
  withOutages,
} from '../../testing/payments.ts'
import type { PaymentProvider } from '../provider.ts'
import { acceptPayment } from './accept-payment.ts'
import { createPaymentMaker } from './payment-maker.ts'
import { beginPayments, expirePayment } from './record-payments.ts'
import { type PaymentWorker, type PaymentWorkerDeps, startPaymentWorker } from './worker.ts'

const { redis } = useRedis(2)
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

function startWorker(
  room: string,
  provider: PaymentProvider,
  consumer: string,
  retryMs = 60_000,
  more: Partial<PaymentWorkerDeps> = {},
): PaymentWorker {
  const backoff = { baseMs: retryMs, maxMs: 60_000 }
  const deps = testWorkerDeps({ db: db(), redis: redis(), provider }, { consumer, backoff, ...more })
  const worker = startPaymentWorker(deps, room)
  started.push(worker)
  return worker
}

const fansWhoHold = (count: number, quantity = count) =>
  openTestHolds({ db: db(), redis: redis() }, count, quantity)

const drained = (room: string) =>
  expect.poll(() => redis().xlen(roomKeys(room).payments), { interval: 10 }).toBe(0)

const stateOf = (room: string, payment: string) => redis().hget(roomKeys(room).payment(payment), 'state')
const rowsOf = (room: string) => db().select().from(payments).where(eq(payments.festivalId, room))
const ordersOf = (room: string) => db().select().from(orders).where(eq(orders.festivalId, room))
const deadLettersOf = (room: string) =>
  db().select().from(deadLetters).where(eq(deadLetters.festivalId, room))
const stockOf = (room: string, type: number) =>
  redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`, `sold:${type}`)

describe('the payment worker', () => {
  it('turns hundreds of payments into orders, shared by two workers, each charged once', async () => {
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

  it('does not charge what it read before Redis was wiped: the room is rebuilt with its hold first', async () => {
    const { room, pay, payment } = await openTestHolds({ db: db(), redis: redis() }, 1)
    const id = await pay(0)
    const queued = { entry: `${Date.now()}-0`, payment: await payment(id) }
    const provider = createBookProvider()
    const deps = testWorkerDeps({ db: db(), redis: redis(), provider }, {})
    const outcomes: string[] = []
    const maker = createPaymentMaker(
      { ...deps, storeWaitMs: 1000, countOutcome: (outcome) => outcomes.push(outcome) },
      room,
      new AbortController().signal,
      async () => {},
    )
    await wipeTestRoom(redis(), room)
    await maker.make([queued], () => {})
    expect(outcomes).toEqual(['lost'])
    expect(provider.attempts).toEqual([])
    const [row] = await db().select().from(payments).where(eq(payments.id, id))
    expect(row?.state).toBe('charging')
  })

  it('lets a fan whose payment was declined try again while the hold lasts', async () => {
    const { room, pay } = await fansWhoHold(1)
    const provider = createBookProvider()
    provider.next.push('decline')
    startWorker(room, provider, 'one')
    const id = await pay(0)
    await expect.poll(() => stateOf(room, id)).toBe('declined')
    expect(provider.charges.size).toBe(0)
    expect(await redis().hget(roomKeys(room).payment(id), 'reason')).toBe('card declined')
  })

  it('looks up a charge whose response was lost, and never charges it twice', async () => {
    const { room, pay } = await fansWhoHold(1)
    const provider = createBookProvider()
    provider.next.push('lose')
    startWorker(room, provider, 'one', 100)
    const id = await pay(0)
    await expect.poll(() => stateOf(room, id)).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
    expect(await ordersOf(room)).toHaveLength(1)
  })

  it('keeps the units of a payment whose outcome is unknown, and charges it when the provider is back', async () => {
    const { room, pay, type } = await fansWhoHold(1)
    const provider = createBookProvider()
    // More often than a payment may fail for its own sake.
    provider.next.push('fail', 'fail', 'fail', 'fail', 'fail')
    startWorker(room, provider, 'one', 100, { backoff: { baseMs: 100, maxMs: 100 } })
    const id = await pay(0)
    await expect.poll(() => provider.next.length).toBeLessThan(5)
    expect(await redis().hget(roomKeys(room).stock, `held:${type}`)).toBe('1')
    await expect.poll(() => stateOf(room, id)).toBe('confirmed')
    expect(provider.charges.size).toBe(1)
  })

  it.each([
    ['another worker takes up, once they have rested', 'one', 100],
    ['it takes up itself at once when it is started again', 'dead', 60_000],
  ])('has left payments behind when it died, which %s', async (_, consumer, retryMs) => {
    const { room, payAll } = await fansWhoHold(120)
    const ids = await payAll()
    // A worker that read everything and then died.
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

  it('refunds the charge when MySQL has no unit for what Redis sold', async () => {
    const { room, payAll, type } = await fansWhoHold(3, 2)
    // Redis is given a unit that does not exist.
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

  /** Two payments, of which one has no unit in MySQL, once the worker has taken both as far as it can. */
  async function unitless(refund: PaymentProvider['refund'], last: string) {
    const sale = await fansWhoHold(2, 1)
    await redis().hincrby(roomKeys(sale.room).stock, `free:${sale.type}`, 1)
    const outcomes: string[] = []
    const countOutcome = (outcome: string) => void outcomes.push(outcome)
    const provider = { ...createBookProvider(), refund }
    startWorker(sale.room, provider, 'one', 60_000, { countOutcome })
    await sale.payAll()
    await expect.poll(() => [...outcomes]).toEqual(expect.arrayContaining(['confirmed', last]))
    const [{ id = '' } = {}] = (await rowsOf(sale.room)).filter(({ state }) => state === 'refunding')
    return { ...sale, id, outcomes }
  }

  it('retries a refund that the provider has not decided, and counts no error', async () => {
    const { room, id, outcomes } = await unitless(async () => ({ status: 'pending' }), 'refund-pending')
    expect(outcomes.toSorted()).toEqual(['confirmed', 'refund-pending'])
    expect(await redis().xlen(roomKeys(room).payments)).toBe(1)
    expect(await stateOf(room, id)).toBe('refunding')
    expect(await deadLettersOf(room)).toEqual([])
  })

  it('leaves a refund that the provider refuses to the organiser at once', async () => {
    const { room, id } = await unitless(
      async () => ({ status: 'refused', reason: 'too old' }),
      'refund-refused',
    )
    await drained(room)
    expect(await deadLettersOf(room)).toEqual([
      expect.objectContaining({ paymentId: id, reason: 'refund-refused: too old', attempts: 1 }),
    ])
    expect(await stateOf(room, id)).toBe('refunding')
  })

  it('H9: refunds what Redis let an account buy beyond its limit, and puts the units on sale again', async () => {
    const { room, type, accounts, passes } = await openTestHolds({ db: db(), redis: redis() }, 1, 10)
    const account = accounts[0] ?? ''
    const [again = ''] = await grantTestPasses(redis(), room, [account])
    const keys = roomKeys(room)
    const buy = async (passId: string, idempotencyKey: string): Promise<string> => {
      await redis().hset(keys.pass, account, JSON.stringify({ account, id: passId }))
      await redis().zadd(keys.passes, Date.now() + 600_000, account)
      const input = { room, account, passId }
      const held = await takeHold(redis(), { ...input, basket: [{ type, quantity: 4 }] })
      // As a replica does that lacks the latest writes.
      await redis().del(keys.counts)
      const accepted = await acceptPayment(
        { redis: redis(), db: db(), recorder: openTestRecorder(db()), rememberSeconds: 60, queueMax: 10 },
        { ...input, ...agreementTo(held), method: 'card-ok', idempotencyKey },
      )
      return 'payment' in accepted ? accepted.payment : accepted.status
    }
    await db().update(ticketTypes).set({ accountLimit: 4 }).where(eq(ticketTypes.id, type))
    await redis().hset(keys.types, type, JSON.stringify({ price: 1000, limit: 4, from: 0, to: 1e13 }))
    const provider = createBookProvider()
    startWorker(room, provider, 'one')
    const first = await buy(passes[0] ?? '', 'one')
    await expect.poll(() => stateOf(room, first)).toBe('confirmed')
    const second = await buy(again, 'two')
    await expect.poll(() => stateOf(room, second)).toBe('refunded')
    expect(await redis().hget(keys.payment(second), 'reason')).toBe('account limit reached')
    expect([...provider.refunds.values()]).toEqual([second])
    expect(await ordersOf(room)).toHaveLength(1)
    expect(await stockOf(room, type)).toEqual(['6', '0', '4'])
    // It bought nothing with this pass, and may buy something else.
    expect(await redis().hexists(keys.pass, account)).toBe(1)
  })

  it('moves payments that cannot be recorded or parsed to the dead letters, and processes the others', async () => {
    const { room, payAll } = await fansWhoHold(5)
    const { payments: stream, payment: keyOf } = roomKeys(room)
    const fields = { payment: crypto.randomUUID(), account: crypto.randomUUID(), hold: crypto.randomUUID() }
    const rest = { basket: '[{"type":1,"quantity":1}]', amount: '1', currency: 'KRW', method: 'card-ok' }
    const bad = await redis().xadd(stream, '*', ...Object.entries({ ...fields, ...rest }).flat())
    const unreadable = await redis().xadd(stream, '*', 'nonsense', 'yes', 'basket', '{')
    await payAll()
    const provider = createBookProvider()
    startWorker(room, provider, 'one', 100)
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(5)
    expect(provider.attempts).not.toContain(fields.payment)
    const deadLetters = await deadLettersOf(room)
    expect(deadLetters.toSorted((a, b) => a.attempts - b.attempts)).toMatchObject([
      { entry: unreadable, paymentId: null, attempts: 1, fields: { nonsense: 'yes', basket: '{' } },
      {
        entry: bad,
        paymentId: fields.payment,
        attempts: 3,
        fields: { ...fields, ...rest },
        resolvedAt: null,
      },
    ])
    expect(deadLetters.find(({ entry }) => entry === bad)?.reason).toMatch(/foreign key/)
    // Redis knew nothing else of that payment, and deletes its failures again.
    expect(await redis().hgetall(keyOf(fields.payment))).toEqual({ failures: '3' })
    expect(await redis().ttl(keyOf(fields.payment))).toBeGreaterThan(0)
    expect(await redis().ttl(keyOf(fields.payment))).toBeLessThanOrEqual(60)
  })

  it('moves a payment to the dead letters after invalid responses of the provider, keeps its units, and processes the others', async () => {
    const { room, pay, payAll, type } = await fansWhoHold(20)
    const book = createBookProvider()
    const bad = await pay(0)
    const provider: PaymentProvider = {
      ...book,
      charge: async (request) =>
        request.key === bad ? { status: 'unknown', cause: { status: 422, body: {} } } : book.charge(request),
    }
    startWorker(room, provider, 'one', 100)
    await payAll()
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(19)
    expect(await deadLettersOf(room)).toMatchObject([
      { paymentId: bad, attempts: 3, reason: expect.stringContaining('422') },
    ])
    expect(await stockOf(room, type)).toEqual(['0', '1', '19'])
    expect((await rowsOf(room)).find(({ id }) => id === bad)?.state).toBe('charging')
  })

  it('settles the others when one of a batch cannot be settled', async () => {
    const { room, payAll } = await fansWhoHold(30)
    const book = createBookProvider()
    // Behind others, so that it shares a batch with those that arrive while they are settled.
    const bad = (await payAll())[10]
    // MySQL allows it 64 characters.
    const outcome = { status: 'succeeded', chargeId: 'x'.repeat(100) } as const
    const provider: PaymentProvider = {
      ...book,
      charge: async (request) => (request.key === bad ? outcome : book.charge(request)),
      findCharge: async (key) => (key === bad ? outcome : book.findCharge(key)),
    }
    // One permanent failure is too many: a payment that failed because of another would be dead-lettered too.
    startWorker(room, provider, 'one', 100, { attemptsMax: 1 })
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(29)
    expect(await deadLettersOf(room)).toMatchObject([
      { paymentId: bad, reason: expect.stringMatching(/too long/i) },
    ])
  })

  it('keeps an entry in the stream while it cannot be dead-lettered', async () => {
    const { room } = await fansWhoHold(0, 1)
    const { payments: stream } = roomKeys(room)
    await redis().xadd(stream, '*', 'nonsense', 'yes')
    const outages = withOutages(db())
    outages.begin()
    startWorker(room, createBookProvider(), 'one', 100, { db: outages.db })
    await expect.poll(() => outages.refused()).toBeGreaterThan(0)
    expect(await redis().xlen(stream)).toBe(1)
    outages.end()
    await drained(room)
    expect(await deadLettersOf(room)).toHaveLength(1)
  })

  it('lets payments wait while MySQL is unavailable, moves none to the dead letters, and processes them when it is back', async () => {
    const { room, payAll, type } = await fansWhoHold(40)
    const outages = withOutages(db())
    outages.begin()
    const provider = createBookProvider()
    // Such a short backoff that each would be delivered far more often than it may fail.
    startWorker(room, provider, 'one', 100, { db: outages.db, backoff: { baseMs: 100, maxMs: 100 } })
    const ids = await payAll()
    await expect.poll(() => outages.refused()).toBeGreaterThan(8)
    expect(provider.attempts).toEqual([])
    expect(await stockOf(room, type)).toEqual(['0', '40', '0'])
    outages.end()
    await drained(room)
    expect(await ordersOf(room)).toHaveLength(40)
    expect(provider.attempts.toSorted()).toEqual(ids.toSorted())
    expect(await deadLettersOf(room)).toEqual([])
    const failures = await Promise.all(ids.map((id) => redis().hget(roomKeys(room).payment(id), 'failures')))
    expect(new Set(failures)).toEqual(new Set([null]))
  })

  it('settles what was charged when MySQL becomes unavailable in between, without charging again', async () => {
    const { room, payAll } = await fansWhoHold(10)
    const outages = withOutages(db())
    const book = createBookProvider()
    const provider: PaymentProvider = {
      ...book,
      async charge(request) {
        outages.begin()
        return book.charge(request)
      },
    }
    startWorker(room, provider, 'one', 60_000, { db: outages.db })
    const ids = await payAll()
    await expect.poll(() => outages.refused()).toBeGreaterThan(1)
    outages.end()
    await expect
      .poll(async () => {
        outages.end()
        return (await ordersOf(room)).length
      })
      .toBe(10)
    expect(book.attempts.toSorted()).toEqual(ids.toSorted())
  })

  it('does not let another worker claim what it waits for, however long the provider takes', async () => {
    const { room, payAll } = await fansWhoHold(30)
    const book = createBookProvider()
    const answer = Promise.withResolvers<void>()
    const provider: PaymentProvider = {
      ...book,
      async charge(request) {
        const outcome = await book.charge(request)
        await answer.promise
        return outcome
      },
    }
    startWorker(room, provider, 'one', 200, { chargeConcurrency: 10 })
    const ids = await payAll()
    await expect.poll(() => book.attempts.length).toBe(10)
    let looks = 0
    const other: PaymentProvider = { ...createBookProvider(), findCharge: async () => ({ status: 'none' }) }
    startWorker(room, other, 'two', 200, {
      now: () => {
        looks += 1
        return Date.now()
      },
    })
    // The other worker has scanned often, and every entry has been in process for many times the minimum backoff.
    await expect.poll(() => looks).toBeGreaterThan(40)
    const pending = (await redis().xpending(
      roomKeys(room).payments,
      'settlers',
      '-',
      '+',
      100,
    )) as unknown[][]
    expect(new Set(pending.map(([, consumer]) => consumer))).toEqual(new Set(['one']))
    answer.resolve()
    await drained(room)
    expect(book.attempts.toSorted()).toEqual(ids.toSorted())
  })

  it('publishes a payment as charging and then as paid', async () => {
    const { room, pay } = await fansWhoHold(1)
    const outages = withOutages(db())
    const book = createBookProvider()
    const charged = Promise.withResolvers<string>()
    const provider: PaymentProvider = {
      ...book,
      async charge(request) {
        await expect.poll(() => stateOf(room, request.key)).toBe('charging')
        outages.begin()
        charged.resolve(request.key)
        return book.charge(request)
      },
    }
    startWorker(room, provider, 'one', 60_000, { db: outages.db })
    await pay(0)
    const id = await charged.promise
    await expect.poll(() => stateOf(room, id)).toBe('paid')
    outages.end()
    await expect.poll(() => stateOf(room, id)).toBe('confirmed')
  })

  describe('with a payment that was not charged in time', () => {
    const LATE = { now: () => Date.now() + 1_000_000 }

    it('expires one that was never recorded, without requesting a charge, and frees its units', async () => {
      const { room, payAll, type } = await fansWhoHold(20)
      const ids = await payAll()
      const provider = createBookProvider()
      startWorker(room, provider, 'one', 100, LATE)
      await drained(room)
      expect(provider.attempts).toEqual([])
      expect(new Set((await rowsOf(room)).map(({ state }) => state))).toEqual(new Set(['expired']))
      expect(new Set(await Promise.all(ids.map((id) => stateOf(room, id))))).toEqual(new Set(['expired']))
      expect(await stockOf(room, type)).toEqual(['20', '0', '0'])
    })

    it('expires a recorded one when the provider does not know it, and no sooner than that is certain', async () => {
      const { room, pay, payment, type } = await fansWhoHold(1)
      const id = await pay(0)
      await beginPayments(db(), [await payment(id)], new Date())
      const provider = createBookProvider()
      const outcomes: string[] = []
      let late = 930_000
      startWorker(room, provider, 'one', 100, {
        backoff: { baseMs: 100, maxMs: 100 },
        now: () => Date.now() + late,
        countOutcome: (outcome) => outcomes.push(outcome),
      })
      await expect.poll(() => outcomes).toContain('overdue')
      expect(await stateOf(room, id)).not.toBe('expired')
      late = 1_000_000
      await drained(room)
      expect(provider.attempts).toEqual([])
      expect(await stateOf(room, id)).toBe('expired')
      expect(await stockOf(room, type)).toEqual(['1', '0', '0'])
    })

    it('cancels its attempt at the provider once it has expired, and refunds a charge found then', async () => {
      const { room, pay, payment } = await fansWhoHold(2)
      const [unpaid, late] = [await pay(0), await pay(1)]
      await beginPayments(db(), [await payment(unpaid), await payment(late)], new Date())
      const book = createBookProvider()
      const abandoned: (string | undefined)[] = []
      const provider: PaymentProvider = {
        ...book,
        async abandon(request) {
          const row = (await rowsOf(room)).find(({ id }) => id === request.key)
          abandoned.push(row?.state)
          if (request.key === unpaid) return { status: 'abandoned' }
          await book.charge(testCharge(request))
          return { status: 'succeeded', chargeId: 'charge' }
        },
      }
      startWorker(room, provider, 'one', 100, LATE)
      await drained(room)
      expect(abandoned).toEqual(['expired', 'expired'])
      expect(await stateOf(room, unpaid)).toBe('expired')
      expect(await stateOf(room, late)).toBe('refunded')
      expect([...book.refunds.values()]).toEqual([late])
    })

    it('turns one that the provider has charged into an order, and waits for one whose outcome is unknown', async () => {
      const { room, pay, payment } = await fansWhoHold(2)
      const [charged, silent] = [await pay(0), await pay(1)]
      await beginPayments(db(), [await payment(charged), await payment(silent)], new Date())
      const book = createBookProvider()
      await book.charge(testCharge({ key: charged }))
      const asked: string[] = []
      const provider: PaymentProvider = {
        ...book,
        async findCharge(key) {
          asked.push(key)
          return key === silent
            ? { status: 'unknown', cause: new Error('unavailable') }
            : book.findCharge(key)
        },
      }
      startWorker(room, provider, 'one', 100, { ...LATE, backoff: { baseMs: 100, maxMs: 100 } })
      await expect.poll(() => stateOf(room, charged)).toBe('confirmed')
      await expect.poll(() => asked.filter((key) => key === silent).length).toBeGreaterThan(3)
      expect((await rowsOf(room)).find(({ id }) => id === silent)?.state).toBe('charging')
      expect(book.attempts).toEqual([charged])
    })

    it('refunds it if a stalled worker charges it nevertheless', async () => {
      const { room, pay, type } = await fansWhoHold(1)
      const book = createBookProvider()
      const provider: PaymentProvider = {
        ...book,
        async charge(request) {
          // Another worker expires it while this one is about to charge.
          await expirePayment(db(), request.key, new Date())
          return book.charge(request)
        },
      }
      startWorker(room, provider, 'one', 100)
      const id = await pay(0)
      await drained(room)
      expect(await stateOf(room, id)).toBe('refunded')
      expect([...book.refunds.values()]).toEqual([id])
      expect(await ordersOf(room)).toEqual([])
      // No order has the unit: it stays held as after any payment that was not charged.
      expect(await stockOf(room, type)).toEqual(['0', '1', '0'])
    })
  })

  it('finishes what it is processing when it is stopped', async () => {
    const { room, payAll } = await fansWhoHold(100)
    const provider = createBookProvider()
    const worker = startWorker(room, provider, 'one')
    await payAll()
    await expect.poll(() => provider.charges.size).toBeGreaterThan(0)
    await worker.stop()
    expect(await ordersOf(room)).toHaveLength(provider.charges.size)
  })
})
