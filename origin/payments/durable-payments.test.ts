import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { readHold } from '../holds/read-hold.ts'
import { takeHold } from '../holds/take-hold.ts'
import { maintainRoom } from '../rooms/maintain-room.ts'
import { createBookProvider } from '../testing/book-provider.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../testing/origin.ts'
import {
  agreementTo,
  openTestHolds,
  openTestRecorder,
  testWorkerDeps,
  withOutages,
} from '../testing/payments.ts'
import type { Payment } from './payment.ts'
import { type AcceptPaymentDeps, acceptPayment } from './process/accept-payment.ts'
import { createPaymentRecorder } from './process/payment-recorder.ts'
import { acceptPayments, beginPayments, NOT_HELD } from './process/record-payments.ts'
import { type PaymentWorker, startPaymentWorker } from './process/worker.ts'

const { redis } = useRedis(2)
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

type Record = AcceptPaymentDeps['recorder']['record']

/** A fan who holds a unit, and pays for it at an origin with the given way of recording payments. */
async function fan() {
  const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
  const { room, type } = sale
  const input = { room, account: sale.accounts[0] ?? '', passId: sale.passes[0] ?? '' }
  const agreed = agreementTo(await takeHold(redis(), { ...input, basket: [{ type, quantity: 1 }] }))
  const keys = roomKeys(room)
  const provider = createBookProvider()
  const looked: string[] = []
  return {
    ...{ room, keys, provider, looked, account: input.account, passId: input.passId },
    pay: (record: Record = openTestRecorder(db()).record, idempotencyKey = 'key') =>
      acceptPayment(
        {
          redis: redis(),
          db: db(),
          recorder: { ...openTestRecorder(db()), record },
          rememberSeconds: 60,
          queueMax: 10,
        },
        { ...input, ...agreed, method: 'card-ok', idempotencyKey },
      ),
    rows: () => db().select().from(payments).where(eq(payments.festivalId, room)),
    orders: () => db().select().from(orders).where(eq(orders.festivalId, room)),
    stock: () => redis().hmget(keys.stock, `free:${type}`, `held:${type}`, `sold:${type}`),
    shown: (id: string) => redis().hget(keys.payment(id), 'state'),
    work(retryMs = 100) {
      const findCharge = (...asked: Parameters<typeof provider.findCharge>) => {
        looked.push(asked[0])
        return provider.findCharge(...asked)
      }
      const stores = { db: db(), redis: redis(), provider: { ...provider, findCharge } }
      const backoff = { baseMs: retryMs, maxMs: retryMs }
      started.push(startPaymentWorker(testWorkerDeps(stores, { backoff }), room))
    },
    async rebuild() {
      const record = (await readCatalogue(db(), 10_000)).find(({ festival }) => festival.id === room)
      if (record === undefined) throw new Error('the festival is not in MySQL')
      const deps = { db: db(), redis: redis(), restoreMs: 0, leaseMs: 10_000 }
      return await maintainRoom(deps, record, { changed: false, runId: '' })
    },
  }
}

const idOf = (result: Awaited<ReturnType<typeof acceptPayment>>) =>
  result.status === 'accepted' ? result.payment : result.status

describe('H9: a payment that is answered with 202', () => {
  it('is in MySQL by then, and is charged without a look-up at the provider', async () => {
    const { pay, rows, work, shown, looked } = await fan()
    const id = idOf(await pay())
    expect(await rows()).toMatchObject([{ id, state: 'accepted', settledAt: null }])
    work()
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect(looked).toEqual([])
  })

  it('is processed after its Redis was lost, and charged once', async () => {
    const { room, keys, pay, rebuild, work, shown, stock, provider, looked } = await fan()
    const id = idOf(await pay())
    await wipeTestRoom(redis(), room)
    expect(await rebuild()).toBe('built')
    expect(await redis().xlen(keys.payments)).toBe(1)
    expect([await shown(id), await stock()]).toEqual(['accepted', ['0', '1', '0']])
    expect(idOf(await pay())).toBe(id)
    work()
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect([provider.attempts, looked]).toEqual([[id], []])
    expect(await stock()).toEqual(['0', '0', '1'])
  })

  it('is looked up at the provider first when a worker had begun to charge it before its Redis was lost', async () => {
    const { room, pay, rebuild, work, shown, provider, looked } = await fan()
    provider.next.push('lose')
    const id = idOf(await pay())
    work(60_000)
    await expect.poll(() => provider.attempts).toEqual([id])
    await Promise.all(started.splice(0).map((worker) => worker.stop()))
    await wipeTestRoom(redis(), room)
    await rebuild()
    expect(await shown(id)).toBe('charging')
    work()
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
    expect(new Set(looked)).toEqual(new Set([id]))
  })

  it('is found by its Idempotency-Key on a Redis that lost it and still has its hold, and no second payment is created', async () => {
    const { keys, account, passId, pay, rows, orders: made, work, shown, provider } = await fan()
    const id = idOf(await pay())
    // As on a replica that has not received it: the hold is there, without a payment.
    const { payment: _, ...hold } = JSON.parse((await redis().hget(keys.hold, passId)) ?? '{}') as {
      payment: string
    }
    await redis().hset(keys.hold, passId, JSON.stringify(hold))
    await redis().del(keys.idempotency(account, 'key'), keys.payment(id), keys.payments)
    expect(idOf(await pay())).toBe(id)
    expect(idOf(await pay())).toBe(id)
    expect(await rows()).toMatchObject([{ id, state: 'accepted' }])
    // What that Redis took into its stream is abandoned.
    const second = (JSON.parse((await redis().hget(keys.hold, passId)) ?? '{}') as { payment: string })
      .payment
    expect(second).not.toBe(id)
    work()
    await expect.poll(() => shown(second)).toBe('expired')
    expect(await redis().xlen(keys.payments)).toBe(0)
    expect([provider.attempts, await made()]).toEqual([[], []])
  })

  it('is found while its room is missing or being restored', async () => {
    const { room, pay } = await fan()
    const id = idOf(await pay())
    await wipeTestRoom(redis(), room)
    expect(idOf(await pay())).toBe(id)
    expect(await pay(undefined, 'another')).toEqual({ status: 'room-absent' })
  })
})

describe('H9: a payment that is in the stream and was not answered with 202', () => {
  const never: Record = () => new Promise(() => {})

  it('is processed when its origin died before MySQL had it, and is found by the same key', async () => {
    const { keys, pay, work, shown, provider, orders: made } = await fan()
    void pay(never)
    await expect.poll(() => redis().xlen(keys.payments)).toBe(1)
    work()
    await expect.poll(async () => (await made()).length).toBe(1)
    const id = idOf(await pay())
    expect(await shown(id)).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
  })

  it('is recorded by the same request when it is repeated before any worker reads it', async () => {
    const { keys, pay, rows } = await fan()
    void pay(never)
    await expect.poll(() => redis().xlen(keys.payments)).toBe(1)
    const id = idOf(await pay())
    expect(await rows()).toMatchObject([{ id, state: 'accepted' }])
    expect(await redis().xlen(keys.payments)).toBe(1)
  })

  it('is the same payment for a repeated request after MySQL was unavailable, processed meanwhile or not', async () => {
    const { pay, work, shown, provider } = await fan()
    const outages = withOutages(db())
    outages.begin()
    expect(await pay(openTestRecorder(outages.db).record)).toEqual({ status: 'not-recorded' })
    outages.end()
    work()
    const id = idOf(await pay())
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect(idOf(await pay())).toBe(id)
    expect(provider.attempts).toEqual([id])
  })
  it('is waited for within a time limit while MySQL does not respond, delays no other, and is the same payment afterwards', async () => {
    const { pay, rows, account } = await fan()
    const other = await fan()
    const { record, untilRecorded } = createPaymentRecorder({
      ...{ db: db(), now: Date.now, batchMax: 1, recordMsMax: 300 },
    })
    const told = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const silence = db().transaction(async (tx) => {
      await tx.select().from(accounts).where(eq(accounts.id, account)).for('update')
      locked.resolve()
      await told.promise
    })
    await locked.promise
    const waiting: string[] = []
    const noting: Record = (payment) => {
      waiting.push(payment.id)
      return record(payment)
    }
    const first = pay(noting)
    await expect.poll(() => waiting).toHaveLength(1)
    expect(await first).toEqual({ status: 'not-recorded' })
    expect(idOf(await other.pay(noting))).toBe(waiting[1])
    await untilRecorded(waiting)
    told.resolve()
    await silence
    await expect.poll(async () => (await rows()).map(({ id }) => id)).toEqual([waiting[0]])
    expect(idOf(await pay(noting))).toBe(waiting[0])
  })

  it('is the same payment when MySQL had it and the reply about that was lost', async () => {
    const { pay, rows, work, shown, provider } = await fan()
    const { record } = openTestRecorder(db())
    const losing: Record = async (payment) => {
      await record(payment)
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    }
    expect(await pay(losing)).toEqual({ status: 'not-recorded' })
    const id = idOf(await pay())
    expect(await rows()).toHaveLength(1)
    work()
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
  })

  it('is processed once and answered when a worker records it before its own origin does', async () => {
    const { pay, work, rows, shown, provider } = await fan()
    const { record } = openTestRecorder(db())
    const late: Record = async (payment) => {
      work()
      await expect.poll(async () => (await rows()).length).toBe(1)
      return await record(payment)
    }
    const id = idOf(await pay(late))
    await expect.poll(() => shown(id)).toBe('confirmed')
    expect(provider.attempts).toEqual([id])
  })

  it('is not promised by a Redis in which no origin maintains the room any more, unless MySQL has it', async () => {
    const { keys, pay, rows } = await fan()
    void pay(never)
    await expect.poll(() => redis().xlen(keys.payments)).toBe(1)
    await redis().hset(keys.settings, 'keptUntil', 1)
    expect(await pay()).toEqual({ status: 'room-absent' })
    expect(await rows()).toEqual([])
    await redis().hdel(keys.settings, 'keptUntil')
    const id = idOf(await pay())
    await redis().hset(keys.settings, 'keptUntil', 1)
    expect(idOf(await pay())).toBe(id)
  })

  it('is abandoned, and its fan notified, when MySQL had it only after its room was rebuilt', async () => {
    for (const isForgotten of [true, false]) {
      const { room, keys, account, passId, pay, rebuild, rows, stock, work, provider } = await fan()
      const late: Payment[] = []
      void pay((payment) => {
        late.push(payment)
        return never(payment)
      })
      await expect.poll(() => late).toHaveLength(1)
      const known = (await redis().get(keys.idempotency(account, 'key'))) ?? ''
      await wipeTestRoom(redis(), room)
      await rebuild()
      // A replica that was promoted still knows the key, and its hold was not rebuilt.
      if (!isForgotten) await redis().set(keys.idempotency(account, 'key'), known, 'EX', 60)
      await acceptPayments(db(), late, new Date())
      work()
      expect(idOf(await pay())).toBe(late[0]?.id)
      expect(await rows()).toMatchObject([{ id: late[0]?.id, state: 'expired', reason: NOT_HELD }])
      expect(idOf(await pay())).toBe(late[0]?.id)
      expect([provider.attempts, await stock()]).toEqual([[], ['1', '0', '0']])
      expect(await readHold(redis(), { room, passId })).toEqual({ status: 'missing' })
    }
  })

  it('is abandoned immediately, uncharged, when its room was rebuilt without it', async () => {
    const { room, keys, passId, pay, rebuild, work, rows, stock, provider } = await fan()
    void pay(never)
    await expect.poll(() => redis().xlen(keys.payments)).toBe(1)
    const [[, entry] = ['', []]] = await redis().xrange(keys.payments, '-', '+')
    await wipeTestRoom(redis(), room)
    await rebuild()
    // The replica's stream has it, and the room that was built from MySQL does not.
    await redis().xadd(keys.payments, '*', ...entry)
    work()
    await expect.poll(async () => (await rows())[0]?.state).toBe('expired')
    await expect.poll(() => redis().xlen(keys.payments)).toBe(0)
    expect([provider.attempts, await stock()]).toEqual([[], ['1', '0', '0']])
    expect(await readHold(redis(), { room, passId })).toEqual({ status: 'missing' })
  })
})

describe('H9: recording payments', () => {
  async function batchOf(count: number) {
    const festival = await makeTestFestival({ db: db() }, { quantities: [count] })
    const accounts = await makeTestAccounts(db(), count)
    return accounts.map((account) => ({
      ...makeTestPayment(festival, account),
      request: `${randomUUID()}-123456`,
    }))
  }
  const at = new Date()

  it('distinguishes payments that a worker has begun from those not begun, and leaves ended ones unchanged', async () => {
    const batch = await batchOf(3)
    const ids = batch.map(({ id }) => id)
    expect([...(await acceptPayments(db(), batch, at)).values()]).toEqual(ids)
    const first = await beginPayments(db(), batch, at)
    expect([...first.values()]).toEqual(batch.map(() => ({ state: 'charging', again: false })))
    expect([...(await beginPayments(db(), batch, at)).values()]).toEqual(
      batch.map(() => ({ state: 'charging', again: true })),
    )
    await acceptPayments(db(), batch, at)
    const rows = await db()
      .select()
      .from(payments)
      .where(eq(payments.festivalId, batch[0]?.room ?? ''))
    expect(rows.map(({ state }) => state)).toEqual(['charging', 'charging', 'charging'])
  })

  it('expires those that are too old and not begun, and no others', async () => {
    const [accepted, begun, unknown] = await batchOf(3)
    if (accepted === undefined || begun === undefined || unknown === undefined) throw new Error('three')
    await acceptPayments(db(), [accepted, begun], at)
    await beginPayments(db(), [begun], at)
    const old = await beginPayments(db(), [accepted, begun, unknown], at, 'too old')
    expect([accepted, begun, unknown].map(({ id }) => old.get(id)?.state)).toEqual([
      ...['expired', 'charging', 'expired'],
    ])
    const [row] = await db().select().from(payments).where(eq(payments.id, accepted.id))
    expect(row).toMatchObject({ state: 'expired', reason: 'too old' })
    expect(row?.settledAt).not.toBeNull()
  })

  it('has each payment once and begun once, when origins accept and workers begin the same ones concurrently', async () => {
    const batch = await batchOf(200)
    const parts = Array.from({ length: 20 }, (_, i) => batch.slice(i * 10, i * 10 + 20))
    const [, begun] = await Promise.all([
      Promise.all(parts.map((part) => acceptPayments(db(), part.toReversed(), at))),
      Promise.all(parts.map((part) => beginPayments(db(), part, at))),
    ])
    const fresh = begun.flatMap((map) => [...map].filter(([, { again }]) => !again).map(([id]) => id))
    expect(new Set(fresh).size).toBe(fresh.length)
    const rows = await db()
      .select()
      .from(payments)
      .where(eq(payments.festivalId, batch[0]?.room ?? ''))
    expect(rows.map(({ state }) => state)).toEqual(batch.map(() => 'charging'))
  })

  it('is not delayed by a payment that MySQL rejects, and fails only that one', async () => {
    const batch = await batchOf(10)
    const { record, untilRecorded } = createPaymentRecorder({ db: db(), now: Date.now, batchMax: 100 })
    const bad = { ...makeTestPayment({ id: batch[0]?.room ?? '', types: [1] }, randomUUID()) }
    const refused = expect(record(bad)).rejects.toThrow()
    const ids = await Promise.all(batch.map(record))
    await refused
    expect(ids).toEqual(batch.map(({ id }) => id))
    await untilRecorded([bad.id, ...ids])
  })
})
