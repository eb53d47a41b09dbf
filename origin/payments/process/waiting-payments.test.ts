import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { GIVEN_UP } from '../../../shared/expiry-reasons.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { useRedis, wipeTestRoom } from '../../../shared/testing/redis.ts'
import { type BookProvider, createBookProvider } from '../../testing/book-provider.ts'
import { publishTestFestival } from '../../testing/origin.ts'
import { openTestHolds, testWorkerDeps, withOutages } from '../../testing/payments.ts'
import type { PaymentProvider } from '../provider.ts'
import { createProviderEvents } from '../provider-events.ts'
import { readPayment } from '../read-payment.ts'
import { endWaiting, NOT_DONE_IN_TIME } from './end-waiting.ts'
import { beginPayments } from './record-payments.ts'
import { resolvePayment } from './resolve-payment.ts'
import { createWaitingSweep } from './sweep-waiting.ts'
import { type PaymentWorker, startPaymentWorker } from './worker.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const started: PaymentWorker[] = []
const HOUR_MS = 3_600_000

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

const depsOf = (provider: PaymentProvider, n = 0, now = Date.now) => ({
  ...{ redis: caller(n), db: db(), provider, now, rememberSeconds: 60 },
})
const EXPIRE = { reason: NOT_DONE_IN_TIME, keepsHold: false }

/** Fans whose payments wait at their bank. */
async function fansAtTheBank(count: number, quantity = count) {
  const sale = await openTestHolds({ db: db(), redis: redis() }, count, quantity)
  const book = createBookProvider()
  book.next.push(...Array.from({ length: count }, () => 'ask' as const))
  startWorker(sale.room, book)
  const ids = await sale.payAll()
  await drained(sale.room)
  return { ...sale, ...toolsOf(sale), book, ids, id: ids[0] ?? '' }
}

function startWorker(room: string, provider: PaymentProvider, baseMs = 60_000): PaymentWorker {
  const deps = testWorkerDeps({ db: db(), redis: redis(), provider }, { backoff: { baseMs, maxMs: baseMs } })
  const worker = startPaymentWorker(deps, room)
  started.push(worker)
  return worker
}

const drained = (room: string) =>
  expect.poll(() => redis().xlen(roomKeys(room).payments), { timeout: 10_000 }).toBe(0)

function toolsOf({ room, type, accounts }: { room: string; type: number; accounts: string[] }) {
  return {
    row: async (id: string) => {
      const [row] = await db().select().from(payments).where(eq(payments.id, id))
      if (row === undefined) throw new Error('the payment is not in MySQL')
      return row
    },
    stock: async () =>
      (await redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`, `sold:${type}`)).map(Number),
    orders: () => db().select().from(orders).where(eq(orders.festivalId, room)),
    read: (payment: string, account = accounts[0] ?? '') =>
      readPayment({ redis: redis(), db: db() }, { room, payment, account }),
    /** What origins do about payments whose time is over, an hour from now. */
    sweep: (provider: PaymentProvider, n = 0) => {
      const now = () => Date.now() + HOUR_MS
      const deps = depsOf(provider, n, now)
      return createWaitingSweep({
        ...{ db: db(), now, log, countOutcome: () => {} },
        end: (id) => endWaiting(deps, id, EXPIRE),
        finish: (id) => resolvePayment(deps, id),
      })
    },
  }
}

describe('a payment whose provider asks the fan for something', () => {
  it('is recorded and shown with what to do and until when, holds its units, and leaves the stream', async () => {
    const { id, row, read, stock, book } = await fansAtTheBank(1)
    const until = book.asked.get(id)?.until
    const action = { kind: 'redirect', url: `https://bank.test/${id}` }
    expect(await row(id)).toMatchObject({ state: 'waiting', action, actionUntil: until })
    const shown = { state: 'action', required: { action, until, amountMinor: 1000, currency: 'KRW' } }
    expect(await read(id)).toMatchObject(shown)
    expect(await stock()).toEqual([0, 1, 0])
    expect(await resolvePayment(depsOf(book), id)).toEqual({ status: 'action' })
    expect(await row(id)).toMatchObject({ state: 'waiting' })
  })

  it('is shown the same to a fan whose Redis was lost, and holds its units again without a worker', async () => {
    const { id, room, read, stock, book } = await fansAtTheBank(1)
    const shown = await read(id)
    await wipeTestRoom(redis(), room)
    expect(await read(id)).toEqual(shown)
    await publishTestFestival({ db: db(), redis: redis() }, room)
    expect(await stock()).toEqual([0, 1, 0])
    expect(await redis().xlen(roomKeys(room).payments)).toBe(0)
    book.act(id, 'pay')
    await resolvePayment(depsOf(book), id)
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('becomes an order when the provider has its money, and a second return changes nothing', async () => {
    const { id, row, read, stock, book } = await fansAtTheBank(1)
    book.act(id, 'pay')
    const first = await resolvePayment(depsOf(book), id)
    expect(first).toMatchObject({ status: 'ended', state: 'confirmed' })
    expect(await resolvePayment(depsOf(book), id)).toEqual(first)
    expect(await stock()).toEqual([0, 0, 1])
    expect(await row(id)).toMatchObject({ state: 'confirmed', actionUntil: null })
    expect(await read(id)).toMatchObject({ state: 'confirmed' })
  })

  it('leaves its units to another payment when it is declined after the fan did what was asked', async () => {
    const { id, row, stock, pay, book, room } = await fansAtTheBank(1)
    book.act(id, 'decline')
    expect(await resolvePayment(depsOf(book), id)).toMatchObject({ state: 'declined' })
    expect(await stock()).toEqual([0, 1, 0])
    const second = await pay(0, 'again')
    await drained(room)
    expect(await row(second)).toMatchObject({ state: 'confirmed' })
  })

  it.each([{ amountMinor: 999 }, { amountMinor: 1001 }, { amountMinor: 1000, currency: 'USD' }])(
    'is refunded when the provider has %j for it, and becomes no order',
    async (paid) => {
      const { id, row, stock, book, orders: ordersOf } = await fansAtTheBank(1)
      book.act(id, 'pay', paid)
      expect(await resolvePayment(depsOf(book), id)).toMatchObject({ state: 'refunded' })
      expect(await row(id)).toMatchObject({ state: 'refunded', reason: REFUND_REASONS.wrongAmount })
      expect([...book.refunds.values()]).toEqual([id])
      expect(await ordersOf()).toEqual([])
      expect(await stock()).toEqual([1, 0, 0])
    },
  )

  it('shows what the provider asks for next in place of what it asked for first', async () => {
    const { id, row, read, stock, book } = await fansAtTheBank(1)
    const asked = book.asked.get(id)
    if (asked === undefined) throw new Error('nothing is asked')
    const action = { kind: 'deposit', bank: '국민은행', accountNumber: '123', holder: 'Naru' } as const
    book.asked.set(id, { ...asked, action })
    expect(await resolvePayment(depsOf(book), id)).toEqual({ status: 'action' })
    expect(await row(id)).toMatchObject({ state: 'waiting', action })
    expect(await read(id)).toMatchObject({ state: 'action', required: { action } })
    expect(await stock()).toEqual([0, 1, 0])
  })

  it('gains no time when the fan has the provider ask for something else', async () => {
    const { id, row, read, sweep, book } = await fansAtTheBank(1)
    const asked = book.asked.get(id)
    if (asked === undefined) throw new Error('nothing is asked')
    const now = () => Date.now() + 9 * 60_000
    const action = { kind: 'script', parameters: { clientSecret: 'secret' } } as const
    book.asked.set(id, { ...asked, action, until: new Date(now() + 600_000) })
    expect(await resolvePayment(depsOf(book, 0, now), id)).toEqual({ status: 'action' })
    expect(await row(id)).toMatchObject({ action, actionUntil: asked.until })
    expect(await read(id)).toMatchObject({ required: { action, until: asked.until } })
    await sweep(book)()
    expect(await row(id)).toMatchObject({ state: 'expired' })
  })

  it('is not found in another room than its own', async () => {
    const { id, room, accounts, read } = await fansAtTheBank(1)
    const other = { room: `${room}-other`, payment: id, account: accounts[0] ?? '' }
    expect(await readPayment({ redis: redis(), db: db() }, other)).toBeUndefined()
    expect(await read(id)).toMatchObject({ state: 'action' })
  })

  it('is found by the next worker when the answer was lost, and is not requested again', async () => {
    const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
    const book = createBookProvider()
    book.next.push('lose-ask')
    startWorker(sale.room, book, 100)
    const id = await sale.pay(0)
    await drained(sale.room)
    expect(await toolsOf(sale).row(id)).toMatchObject({ state: 'waiting' })
    expect(book.attempts).toEqual([id])
  })

  it('waits when its worker was killed between the request and its record, whichever process finds it', async () => {
    const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
    const { row, read } = toolsOf(sale)
    const book = createBookProvider()
    book.next.push('ask')
    const id = await sale.pay(0)
    const payment = await sale.payment(id)
    await beginPayments(db(), [payment], new Date())
    const until = new Date(Date.now() + 60_000)
    await book.charge({ ...payment, key: id, reference: id, until, returnUrl: 'https://naru.test' })
    expect(await resolvePayment(depsOf(book), id)).toEqual({ status: 'action' })
    expect(await row(id)).toMatchObject({ state: 'waiting' })
    expect(await read(id)).toMatchObject({ state: 'action' })
    // The entry of the worker that was killed.
    startWorker(sale.room, book)
    await drained(sale.room)
    expect(await row(id)).toMatchObject({ state: 'waiting' })
    expect(book.attempts).toEqual([id])
  })

  it('stays an order when it was paid before its worker recorded that it waits', async () => {
    const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
    const { row, stock } = toolsOf(sale)
    const book = createBookProvider()
    const provider: PaymentProvider = {
      ...book,
      async charge(request) {
        book.next.push('ask')
        const asked = await book.charge(request)
        book.act(request.key, 'pay')
        await resolvePayment(depsOf(book, 1), request.key)
        return asked
      },
    }
    startWorker(sale.room, provider, 100)
    const id = await sale.pay(0)
    await drained(sale.room)
    expect(await row(id)).toMatchObject({ state: 'confirmed' })
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('waits no longer than its bound, whatever the provider allows', async () => {
    const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
    const book = createBookProvider()
    const provider: PaymentProvider = {
      ...book,
      charge: async (request) => {
        book.next.push('ask')
        const asked = await book.charge(request)
        return asked.status === 'action' ? { ...asked, until: new Date(Date.now() + HOUR_MS) } : asked
      },
    }
    startWorker(sale.room, provider)
    const id = await sale.pay(0)
    await drained(sale.room)
    const { actionUntil } = await toolsOf(sale).row(id)
    expect(actionUntil?.getTime()).toBeLessThanOrEqual(Date.now() + 600_000)
  })
})

describe('a payment whose fan never comes back', () => {
  it('is cancelled at the provider when its time is over, and its units are for sale again', async () => {
    const { id, row, read, stock, sweep, book } = await fansAtTheBank(1)
    await sweep(book)()
    expect(book.cancelled).toEqual([id])
    expect(await row(id)).toMatchObject({ state: 'expired', reason: NOT_DONE_IN_TIME, actionUntil: null })
    expect(await read(id)).toMatchObject({ state: 'expired' })
    expect(await stock()).toEqual([1, 0, 0])
  })

  it('becomes an order at the end of its time if it was paid without anyone hearing of it', async () => {
    const { id, row, sweep, book } = await fansAtTheBank(1)
    book.act(id, 'pay')
    await sweep(book)()
    expect(await row(id)).toMatchObject({ state: 'confirmed' })
    expect(book.cancelled).toEqual([])
  })

  it('becomes an order if it is paid between the look-up and the cancellation', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    const abandon: PaymentProvider['abandon'] = (attempt) => {
      book.act(id, 'pay')
      return book.abandon(attempt)
    }
    await sweep({ ...book, abandon })()
    expect(await row(id)).toMatchObject({ state: 'confirmed' })
    expect(await stock()).toEqual([0, 0, 1])
    expect([...book.refunds.values()]).toEqual([])
  })

  it('stays an order when an event of the provider makes it one while it is being cancelled', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    const abandon: PaymentProvider['abandon'] = async () => {
      book.act(id, 'pay')
      await resolvePayment(depsOf(book, 1), id)
      return { status: 'abandoned' }
    }
    await sweep({ ...book, abandon })()
    expect(await row(id)).toMatchObject({ state: 'confirmed' })
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('keeps its units while the provider is silent, and ends with the next run that is answered', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    const silent = async () => ({ status: 'unknown', cause: new Error('unavailable') }) as const
    await sweep({ ...book, findCharge: silent })()
    await sweep({ ...book, abandon: silent })()
    expect(await row(id)).toMatchObject({ state: 'waiting' })
    expect(await stock()).toEqual([0, 1, 0])
    await sweep(book)()
    expect(await row(id)).toMatchObject({ state: 'expired' })
  })

  it('is refunded, with the reason, when its money arrives after its end nevertheless', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    // A provider that cancels nothing.
    await sweep({ ...book, abandon: async () => ({ status: 'abandoned' }) })()
    expect(await row(id)).toMatchObject({ state: 'expired' })
    book.act(id, 'pay')
    expect(await resolvePayment(depsOf(book), id)).toMatchObject({ state: 'refunded' })
    expect(await row(id)).toMatchObject({ state: 'refunded', reason: REFUND_REASONS.chargedLate })
    expect(await stock()).toEqual([1, 0, 0])
  })

  it('is finished in Redis by a later run when its origin died after MySQL had its end', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    book.act(id, 'pay')
    const dying = depsOf(book)
    const { status } = await resolvePayment(
      {
        ...dying,
        redis: new Proxy(dying.redis, {
          get: (target, name) =>
            name === 'paymentFinish' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name),
        }),
      },
      id,
    ).catch(() => ({ status: 'died' }))
    expect(status).toBe('died')
    expect(await row(id)).toMatchObject({ state: 'confirmed', actionUntil: expect.any(Date) })
    expect(await stock()).toEqual([0, 1, 0])
    await sweep(book)()
    expect(await stock()).toEqual([0, 0, 1])
    expect(await row(id)).toMatchObject({ actionUntil: null })
  })

  it('is left to reconciling while its refund is pending, instead of being refunded with every run', async () => {
    const { id, row, stock, sweep, book } = await fansAtTheBank(1)
    book.act(id, 'pay', { amountMinor: 999 })
    const requested: string[] = []
    const refund: PaymentProvider['refund'] = async ({ chargeKey }) => {
      requested.push(chargeKey)
      return { status: 'pending' }
    }
    const pending = { ...book, refund }
    expect(await resolvePayment(depsOf(pending), id)).toMatchObject({ status: 'refund-pending' })
    for (let run = 0; run < 3; run += 1) await sweep(pending)()
    expect(requested).toEqual([id])
    expect(await row(id)).toMatchObject({ state: 'refunding' })
    expect(await resolvePayment(depsOf(book), id)).toMatchObject({ state: 'refunded' })
    expect(await row(id)).toMatchObject({ state: 'refunded', actionUntil: null })
    expect(await stock()).toEqual([1, 0, 0])
  })

  it('delays no other when it cannot be ended, however many there are', async () => {
    const { ids, row, book } = await fansAtTheBank(5)
    const [bad] = ids.toSorted()
    const now = () => Date.now() + HOUR_MS
    const silent = async () => ({ status: 'unknown', cause: new Error('nonsense') }) as const
    const provider: PaymentProvider = {
      ...book,
      findCharge: (key) => (key === bad ? silent() : book.findCharge(key)),
    }
    const deps = depsOf(provider, 0, now)
    const sweep = createWaitingSweep({
      ...{ db: db(), now, log, countOutcome: () => {}, rowsMax: 1 },
      end: (id) => endWaiting(deps, id, EXPIRE),
      finish: (id) => resolvePayment(deps, id),
    })
    for (const _ of ids) await sweep()
    const states = await Promise.all(ids.map(async (id) => (await row(id)).state))
    expect(states.filter((state) => state === 'expired')).toHaveLength(4)
  })
})

describe('a payment that its fan gives up', () => {
  const GIVE_UP = { reason: GIVEN_UP, keepsHold: true }

  it('is cancelled at the provider, and its units can be paid for in another way', async () => {
    const { id, row, stock, pay, room, book } = await fansAtTheBank(1)
    expect(await endWaiting(depsOf(book), id, GIVE_UP)).toMatchObject({ status: 'ended', state: 'expired' })
    expect(book.cancelled).toEqual([id])
    expect(await stock()).toEqual([0, 1, 0])
    const second = await pay(0, 'again')
    await drained(room)
    expect(await row(second)).toMatchObject({ state: 'confirmed' })
    expect(await stock()).toEqual([0, 0, 1])
  })

  it('is followed by a pause, as after declines, when it happens again and again', async () => {
    const { id, stock, pay, room, accounts, book } = await fansAtTheBank(1)
    const paused = () => redis().pttl(roomKeys(room).payPause(accounts[0] ?? ''))
    await endWaiting(depsOf(book), id, GIVE_UP)
    expect(await paused()).toBeLessThan(0)
    book.next.push('ask')
    const second = await pay(0, 'again')
    await drained(room)
    await endWaiting(depsOf(book), second, GIVE_UP)
    expect(await paused()).toBeGreaterThan(0)
    await expect(pay(0, 'third')).rejects.toThrow('paused')
    expect(await stock()).toEqual([0, 1, 0])
  })

  it('stays as it is while the provider does not answer', async () => {
    const { id, row, book } = await fansAtTheBank(1)
    const silent = async () => ({ status: 'unknown', cause: new Error('unavailable') }) as const
    expect(await endWaiting(depsOf({ ...book, abandon: silent }), id, GIVE_UP)).toMatchObject({
      status: 'unknown',
    })
    expect(await row(id)).toMatchObject({ state: 'waiting' })
  })
})

describe('a payment that many complete concurrently', () => {
  const events = (book: BookProvider, n: number) =>
    createProviderEvents({ db: db(), now: Date.now, onPayment: (id) => resolvePayment(depsOf(book, n), id) })

  it('becomes one order, by returns and events in any number and order', async () => {
    const { ids, stock, book, orders: ordersOf } = await fansAtTheBank(10)
    for (const id of ids) book.act(id, 'pay')
    await Promise.all(
      ids.flatMap((payment) =>
        [0, 1, 2, 3].flatMap((n) => [
          resolvePayment(depsOf(book, n), payment),
          events(book, n).receive({ id: `event-${payment}-${n % 2}`, payment }),
        ]),
      ),
    )
    expect((await ordersOf()).map(({ paymentId }) => paymentId).sort()).toEqual(ids.toSorted())
    expect(await stock()).toEqual([0, 0, 10])
    expect(book.refunds.size).toBe(0)
  })

  it('is either an order or cancelled, when it is paid as its time ends', async () => {
    const { ids, row, stock, sweep, book } = await fansAtTheBank(20)
    await Promise.all([
      ...[1, 2].map((n) => sweep(book, n)()),
      ...ids.map(async (id, i) => {
        await redis().ping()
        book.act(id, i % 4 === 0 ? 'decline' : 'pay')
        await Promise.all([resolvePayment(depsOf(book, 0), id), resolvePayment(depsOf(book, 3), id)])
      }),
    ])
    const states = await Promise.all(ids.map(async (id) => [id, (await row(id)).state] as const))
    for (const [id, state] of states) {
      expect(state).toEqual(
        book.charges.has(id) ? 'confirmed' : expect.stringMatching(/^(expired|declined)$/),
      )
    }
    const sold = states.filter(([, state]) => state === 'confirmed').length
    const held = states.filter(([, state]) => state === 'declined').length
    expect((await stock())[2]).toBe(sold)
    expect((await stock())[1]).toBeLessThanOrEqual(held)
    expect(book.refunds.size).toBe(0)
  })

  it('is not lost while MySQL is unavailable: the worker records it when it is back', async () => {
    const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
    const outages = withOutages(db())
    const book = createBookProvider()
    book.next.push('ask')
    const provider: PaymentProvider = {
      ...book,
      charge(request) {
        outages.begin()
        return book.charge(request)
      },
    }
    const deps = testWorkerDeps(
      { db: outages.db, redis: redis(), provider },
      { backoff: { baseMs: 60_000, maxMs: 60_000 } },
    )
    started.push(startPaymentWorker(deps, sale.room))
    const id = await sale.pay(0)
    await expect.poll(() => outages.refused()).toBeGreaterThan(0)
    outages.end()
    await drained(sale.room)
    expect(await toolsOf(sale).row(id)).toMatchObject({ state: 'waiting' })
    expect(book.attempts).toEqual([id])
  })
})
