import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { deadLetters, orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import { makeTestAccounts } from '../../testing/origin.ts'
import { openTestHolds, testWorkerDeps } from '../../testing/payments.ts'
import { moveToDeadLetters } from '../process/move-to-dead-letters.ts'
import { expirePayment } from '../process/record-payments.ts'
import { resolvePayment } from '../process/resolve-payment.ts'
import { type PaymentWorker, startPaymentWorker } from '../process/worker.ts'
import type { PaymentProvider } from '../provider.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { type ResolveDeadLetterInput, resolveDeadLetter } from './resolve-dead-letter.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

/** Payments that were dead-lettered after invalid responses of the provider, charged or not. */
async function deadLetteredBy(count: number, charges: boolean) {
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
    deadLetters: () => listDeadLetters(db(), { room: sale.room, limit: 100 }),
    decide: (id: number, action: ResolveDeadLetterInput['action']) =>
      resolveDeadLetter(deps, { room: sale.room, id, account: organiser, action }),
    stateOf: (id: string) => redis().hget(roomKeys(sale.room).payment(id), 'state'),
    stock: () => redis().hmget(stock, `free:${sale.type}`, `held:${sale.type}`, `sold:${sale.type}`),
    log: () => db().select().from(auditLog).where(eq(auditLog.subject, sale.room)),
    organiser,
  }
}

describe('a dead letter', () => {
  it('is requeued with a new set of attempts, and only once when many requests retry it', async () => {
    const { deadLetters, decide, becomesSane, ids, stateOf, stock, log, book, room, organiser } =
      await deadLetteredBy(1, true)
    const [deadLetter] = await deadLetters()
    becomesSane()
    const results = await Promise.all(Array.from({ length: 20 }, () => decide(deadLetter?.id ?? 0, 'retry')))
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
    expect(await decide(deadLetter?.id ?? 0, 'dismiss')).toEqual({ status: 'closed' })
  })

  it('releases its units once when it is dismissed uncharged, and is never charged afterwards', async () => {
    const { deadLetters, decide, becomesSane, ids, stateOf, stock, log, deps } = await deadLetteredBy(
      2,
      false,
    )
    const [deadLetter] = await deadLetters()
    expect(await stock()).toEqual(['0', '2', '0'])
    becomesSane()
    const results = await Promise.all(
      Array.from({ length: 20 }, () => decide(deadLetter?.id ?? 0, 'dismiss')),
    )
    expect(results.filter(({ status }) => status === 'resolved')).toHaveLength(1)
    expect(await stock()).toEqual(['1', '1', '0'])
    const id = deadLetter?.payment ?? ''
    expect(ids).toContain(id)
    expect(await stateOf(id)).toBe('expired')
    expect(await resolvePayment(deps, id)).toEqual({ status: 'ended', state: 'expired' })
    expect(await log()).toMatchObject([{ action: 'payment.dismiss' }])
  })

  it('cannot be dismissed when it was charged, or while the charge is unknown', async () => {
    const { deadLetters, decide, becomesSane, stock } = await deadLetteredBy(1, true)
    const [deadLetter] = await deadLetters()
    expect(await decide(deadLetter?.id ?? 0, 'dismiss')).toEqual({ status: 'unknown' })
    becomesSane()
    expect(await decide(deadLetter?.id ?? 0, 'dismiss')).toEqual({ status: 'charged' })
    expect(await stock()).toEqual(['0', '1', '0'])
    expect((await deadLetters())[0]?.resolvedAt).toBeNull()
  })

  it('stays open when it was abandoned and the provider does not report whether it was charged', async () => {
    const { deadLetters, decide, becomesSane, ids, stock } = await deadLetteredBy(1, false)
    const [deadLetter] = await deadLetters()
    // As when Redis became unavailable after MySQL recorded it as expired.
    await expirePayment(db(), ids[0] ?? '', new Date())
    expect(await decide(deadLetter?.id ?? 0, 'dismiss')).toEqual({ status: 'unknown' })
    expect(await stock()).toEqual(['0', '1', '0'])
    becomesSane()
    expect(await decide(deadLetter?.id ?? 0, 'dismiss')).toEqual({ status: 'resolved' })
    expect(await stock()).toEqual(['1', '0', '0'])
  })

  it('needs no decision once its payment has ended in another way', async () => {
    const { deadLetters, becomesSane, ids, deps } = await deadLetteredBy(1, true)
    becomesSane()
    expect(await resolvePayment(deps, ids[0] ?? '')).toMatchObject({ status: 'ended', state: 'confirmed' })
    expect((await deadLetters())[0]).toMatchObject({ state: 'confirmed', resolvedAt: expect.any(Date) })
  })

  it('can be dismissed when MySQL rejects its values, and when it cannot be parsed', async () => {
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
    await moveToDeadLetters(db(), { ...put, entry: '1-1', fields })
    await moveToDeadLetters(db(), {
      ...put,
      entry: '1-2',
      fields: { payment: second.id, hold: second.hold, account: 'a' },
    })
    await moveToDeadLetters(db(), { ...put, entry: '1-2', fields: {} })
    const deadLetters = await listDeadLetters(db(), { room, limit: 100 })
    expect(deadLetters.map(({ entry }) => entry)).toEqual(['1-2', '1-1'])
    expect(
      await resolveDeadLetter(deps, { room, account, id: deadLetters[0]?.id ?? 0, action: 'retry' }),
    ).toEqual({
      status: 'unreadable',
    })
    for (const { id } of deadLetters) {
      expect(await resolveDeadLetter(deps, { room, account, id, action: 'dismiss' })).toEqual({
        status: 'resolved',
      })
    }
    expect(await redis().hmget(roomKeys(room).stock, `free:${type}`, `held:${type}`)).toEqual(['2', '0'])
    expect(await db().select().from(payments).where(eq(payments.festivalId, room))).toMatchObject([
      { id: second.id, state: 'expired', reason: 'dismissed' },
    ])
    expect(
      await resolveDeadLetter(deps, { room: 'other', account, id: deadLetters[0]?.id ?? 0, action: 'retry' }),
    ).toEqual({
      status: 'missing',
    })
  })
})

it('lists dead letters page by page, open ones first and newest first', async () => {
  const { room } = await openTestHolds({ db: db(), redis: redis() }, 0, 1)
  for (let i = 1; i <= 7; i += 1) {
    await moveToDeadLetters(db(), {
      room,
      entry: `1-${i}`,
      fields: {},
      reason: 'bad',
      attempts: i,
      at: new Date(),
    })
  }
  const all = await listDeadLetters(db(), { room, limit: 100 })
  for (const { id, attempts } of all) {
    if (attempts % 2 === 0) {
      await db().update(deadLetters).set({ resolvedAt: new Date() }).where(eq(deadLetters.id, id))
    }
  }
  const seen: number[] = []
  let after: { open: boolean; id: number } | undefined
  for (;;) {
    const page = await listDeadLetters(db(), { room, limit: 2, after })
    seen.push(...page.map(({ attempts }) => attempts))
    const last = page.at(-1)
    if (last === undefined) break
    after = { open: last.resolvedAt === null, id: last.id }
  }
  expect(seen).toEqual([7, 5, 3, 1, 6, 4, 2])
})
