import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { maintainRoom } from '../rooms/maintain-room.ts'
import { createBookProvider } from '../testing/book-provider.ts'
import { makeTestAccounts } from '../testing/origin.ts'
import { openTestHolds, testWorkerDeps } from '../testing/payments.ts'
import { listDeadLetters } from './dead-letters/list-dead-letters.ts'
import { resolveDeadLetter } from './dead-letters/resolve-dead-letter.ts'
import { fieldsOf } from './payment-entry.ts'
import { CONSUMER_GROUP, createPaymentStream } from './payment-stream.ts'
import { finishPayment } from './process/finish-payment.ts'
import { moveToDeadLetters } from './process/move-to-dead-letters.ts'
import { beginPayments } from './process/record-payments.ts'
import { type PaymentWorker, startPaymentWorker } from './process/worker.ts'

// paymentFinish, paymentRenew and paymentRequeue take no epoch: they act only on keys that name the payment itself.

const { redis } = useRedis()
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

async function renew(room: string, runId = '') {
  const record = (await readCatalogue(db(), 10_000)).find(({ festival }) => festival.id === room)
  if (record === undefined) throw new Error('the festival is not in MySQL')
  const deps = { db: db(), redis: redis(), restoreMs: 0, leaseMs: 10_000 }
  return await maintainRoom(deps, record, { changed: false, runId })
}

/** A payment that a worker has read and recorded. */
async function begun() {
  const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
  const id = await sale.pay(0)
  const keys = roomKeys(sale.room)
  const [[entry = ''] = []] = await redis().xrange(keys.payments, '-', '+')
  const payment = await sale.payment(id)
  await beginPayments(db(), [payment], new Date())
  const stream = createPaymentStream({
    ...{ redis: redis(), blockingRedis: async () => redis(), room: sale.room, consumer: 'slow' },
  })
  return {
    ...{ ...sale, id, entry, payment, keys, stream },
    stock: () => redis().hmget(keys.stock, `free:${sale.type}`, `held:${sale.type}`, `sold:${sale.type}`),
    stateOf: async () => (await db().select().from(payments).where(eq(payments.id, id)))[0]?.state,
    work(provider = createBookProvider()) {
      started.push(startPaymentWorker(testWorkerDeps({ db: db(), redis: redis(), provider }, {}), sale.room))
      return provider
    },
    async drained() {
      await expect.poll(() => redis().xlen(keys.payments), { interval: 10 }).toBe(0)
    },
  }
}

describe('a payment that a worker is processing when Redis is lost', () => {
  it('does not remove the entry of another payment that has since received the same ID', async () => {
    const { room, entry, payment, keys, stream } = await begun()
    await redis().del(keys.payments)
    const other = { ...payment, id: randomUUID(), hold: randomUUID() }
    await redis().xadd(keys.payments, entry, ...Object.entries(fieldsOf(other)).flat())
    await stream.ensure()
    await createPaymentStream({
      ...{ redis: redis(), blockingRedis: async () => redis(), room, consumer: 'two' },
    }).readNew(10, 10)
    await finishPayment(redis(), { entry, payment }, { state: 'confirmed' }, 60)
    await stream.remove(entry, payment.id)
    await stream.remove(entry, '')
    await stream.renew([entry])
    expect(await redis().xlen(keys.payments)).toBe(1)
    expect(await redis().xpending(keys.payments, CONSUMER_GROUP)).toMatchObject([
      1,
      entry,
      entry,
      [['two', '1']],
    ])
    await stream.remove(entry, other.id)
    expect(await redis().xlen(keys.payments)).toBe(0)
  })

  it('ends the hold that was rebuilt for it, once, even if others end it too', async () => {
    const { room, entry, payment, stock, work, drained, stateOf } = await begun()
    await wipeTestRoom(redis(), room)
    expect(await renew(room)).toBe('built')
    expect(await stock()).toEqual(['0', '1', '0'])
    const provider = work()
    await drained()
    expect(await stateOf()).toBe('confirmed')
    await finishPayment(redis(), { entry, payment }, { state: 'confirmed' }, 60)
    expect(await stock()).toEqual(['0', '0', '1'])
    expect(provider.attempts).toEqual([payment.id])
  })

  it('changes nothing in the room before it is rebuilt, and is restored nevertheless', async () => {
    const { room, entry, payment, keys, stock, work, drained, stateOf } = await begun()
    await wipeTestRoom(redis(), room)
    await finishPayment(redis(), { entry, payment }, { state: 'declined' }, 60)
    expect(await redis().exists(keys.stock, keys.hold, keys.holds, keys.payments)).toBe(0)
    await renew(room)
    expect(await stock()).toEqual(['0', '1', '0'])
    work()
    await drained()
    expect([await stateOf(), await stock()]).toEqual(['confirmed', ['0', '0', '1']])
  })

  it('continues when its room is rebuilt because Redis was restarted', async () => {
    const { room, keys, entry, payment, stock } = await begun()
    await redis().hset(keys.settings, 'runId', 'before')
    expect(await renew(room, 'after')).toBe('built')
    await finishPayment(redis(), { entry, payment }, { state: 'confirmed' }, 60)
    expect(await stock()).toEqual(['0', '0', '1'])
    expect(await redis().xlen(keys.payments)).toBe(0)
  })
})

describe('requeueing a dead letter', () => {
  async function deadLetterOf({ room, entry, payment, stream }: Awaited<ReturnType<typeof begun>>) {
    const fields = fieldsOf(payment)
    await moveToDeadLetters(db(), { room, entry, fields, reason: 'bad', attempts: 3, at: new Date() })
    await stream.ensure()
    await stream.remove(entry, payment.id)
    const [account = ''] = await makeTestAccounts(db(), 1)
    const [deadLetter] = await listDeadLetters(db(), { room, limit: 1 })
    const deps = {
      redis: redis(),
      db: db(),
      provider: createBookProvider(),
      now: Date.now,
      rememberSeconds: 60,
    }
    return () => resolveDeadLetter(deps, { room, account, id: deadLetter?.id ?? 0, action: 'retry' })
  }

  it('waits while Redis does not know the room, and requeues it once after the room was rebuilt', async () => {
    const sale = await begun()
    const putBack = await deadLetterOf(sale)
    await wipeTestRoom(redis(), sale.room)
    expect(await putBack()).toEqual({ status: 'room-absent' })
    expect(await redis().exists(sale.keys.payments)).toBe(0)
    await renew(sale.room)
    // Its units are held, and no worker may process it before an organiser decides.
    expect([await sale.stock(), await redis().xlen(sale.keys.payments)]).toEqual([['0', '1', '0'], 0])
    expect(await putBack()).toEqual({ status: 'resolved' })
    const provider = sale.work()
    await sale.drained()
    expect([await sale.stateOf(), await sale.stock()]).toEqual(['confirmed', ['0', '0', '1']])
    expect(provider.attempts).toEqual([sale.id])
  })

  it('works in a room that was rebuilt because Redis was restarted', async () => {
    const sale = await begun()
    const putBack = await deadLetterOf(sale)
    await redis().hset(sale.keys.settings, 'runId', 'before')
    expect(await renew(sale.room, 'after')).toBe('built')
    expect(await putBack()).toEqual({ status: 'resolved' })
    sale.work()
    await sale.drained()
    expect(await sale.stateOf()).toBe('confirmed')
  })
})
