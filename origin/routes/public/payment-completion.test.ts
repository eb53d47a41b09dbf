import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { createOriginApp } from '../../app.ts'
import { type PaymentWorker, startPaymentWorker } from '../../payments/process/worker.ts'
import type { PaymentProvider } from '../../payments/provider.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import { openTestHolds, testWorkerDeps } from '../../testing/payments.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const started: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

/** A fan whose payment waits at the bank, and requests to the origin as theirs. */
async function fanAtTheBank(change: (provider: PaymentProvider) => PaymentProvider = (same) => same) {
  const sale = await openTestHolds({ db: db(), redis: redis() }, 2)
  const book = createBookProvider()
  book.next.push('ask')
  const deps = testWorkerDeps({ db: db(), redis: redis(), provider: book }, {})
  started.push(startPaymentWorker(deps, sale.room))
  const id = await sale.pay(0)
  await expect.poll(() => redis().xlen(roomKeys(sale.room).payments)).toBe(0)
  const stores = { db: db(), redis: redis(), catalogue: emptyCatalogue }
  const app = createOriginApp({ ...testOriginDeps(stores, tokens), provider: change(book) })
  const ask = async (method: string, path = '', payment = id, fan = 0) => {
    const session = tokens.sessionOf(sale.accounts[fan] ?? '', ['fan'])
    const response = await app.request(`/api/rooms/${sale.room}/payments/${payment}${path}`, {
      method,
      headers: { authorization: `Bearer ${session}` },
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: response.headers,
    }
  }
  return {
    ...{ ...sale, id, book },
    read: () => ask('GET'),
    complete: (payment = id, fan = 0) => ask('POST', '/completion', payment, fan),
    leave: (payment = id, fan = 0) => ask('DELETE', '', payment, fan),
    state: async () => {
      const [row] = await db().select({ state: payments.state }).from(payments).where(eq(payments.id, id))
      return row?.state
    },
  }
}

const silent = async () => ({ status: 'unknown', cause: new Error('unavailable') }) as const

describe('a fan who comes back from the bank', () => {
  it('is shown what is still to be done, with the amount and the end of the time', async () => {
    const { id, read, complete } = await fanAtTheBank()
    const waiting = {
      ...{ id, state: 'action', action: { kind: 'redirect', url: `https://bank.test/${id}` } },
      ...{ until: expect.stringMatching(/Z$/), amountMinor: 1000, currency: 'KRW' },
    }
    expect(await read()).toMatchObject({ status: 200, body: waiting })
    expect(await complete()).toMatchObject({ status: 200, body: waiting })
  })

  it('has an order once the provider has the money, however often they come back', async () => {
    const { id, book, complete } = await fanAtTheBank()
    book.act(id, 'pay')
    const answers = await Promise.all(Array.from({ length: 10 }, () => complete()))
    const [first] = answers
    expect(first?.body).toMatchObject({ id, state: 'confirmed', order: expect.any(String) })
    expect(new Set(answers.map(({ body }) => body.order)).size).toBe(1)
    expect((await complete()).body).toEqual(first?.body)
  })

  it('is told that it was declined, and that nothing was charged', async () => {
    const { id, book, complete } = await fanAtTheBank()
    book.act(id, 'decline')
    expect((await complete()).body).toMatchObject({ state: 'declined', reason: 'card declined' })
  })

  it('is told that it is being refunded when another amount was paid', async () => {
    const { id, book, complete } = await fanAtTheBank()
    book.act(id, 'pay', { amountMinor: 1 })
    expect((await complete()).body).toMatchObject({ state: 'refunded', reason: 'not the amount to be paid' })
  })

  it('is told the same when they come back again after the refund, which is made once', async () => {
    const { id, book, complete } = await fanAtTheBank()
    book.act(id, 'pay', { currency: 'USD' })
    const first = await complete()
    expect(first.body).toMatchObject({ state: 'refunded' })
    expect((await complete()).body).toEqual(first.body)
    expect([...book.refunds]).toEqual([[`refund-${id}`, id]])
  })

  it('waits on while the provider is down, and nothing changes', async () => {
    const { complete, state } = await fanAtTheBank((provider) => ({ ...provider, findCharge: silent }))
    expect(await complete()).toMatchObject({ status: 200, body: { state: 'action' } })
    expect(await state()).toBe('waiting')
  })

  it("completes no payment of another fan, nor one that is none's", async () => {
    const { id, book, complete, leave, state } = await fanAtTheBank()
    book.act(id, 'pay')
    for (const answer of [await complete(id, 1), await leave(id, 1), await complete(randomUUID())]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } })
    }
    expect(await state()).toBe('waiting')
  })

  it('finds the order without a return when the session ended at the bank: they sign in and look again', async () => {
    const { id, book, read, complete, room } = await fanAtTheBank()
    book.act(id, 'pay')
    const app = createOriginApp({
      ...testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens),
      provider: book,
    })
    const signedOut = await app.request(`/api/rooms/${room}/payments/${id}/completion`, { method: 'POST' })
    expect(signedOut.status).toBe(401)
    expect((await read()).body).toMatchObject({ state: 'action' })
    expect((await complete()).body).toMatchObject({ state: 'confirmed' })
  })
})

describe('a fan who gives up at the bank', () => {
  it('has nothing charged, and may pay for the same tickets in another way', async () => {
    const { id, book, pay, leave, read, state } = await fanAtTheBank()
    expect(await leave()).toMatchObject({ status: 204, body: undefined })
    expect(book.cancelled).toEqual([id])
    expect(await state()).toBe('expired')
    expect((await read()).body).toMatchObject({ state: 'expired' })
    expect(await leave()).toMatchObject({ status: 200, body: { state: 'expired' } })
    expect(await pay(0, 'again')).not.toBe(id)
  })

  it('keeps their order when they had paid already', async () => {
    const { id, book, leave } = await fanAtTheBank()
    book.act(id, 'pay')
    expect(await leave()).toMatchObject({ status: 200, body: { state: 'confirmed' } })
    expect(book.cancelled).toEqual([])
  })

  it('is asked to try again while the provider is down, and nothing changes', async () => {
    const { leave, state } = await fanAtTheBank((provider) => ({ ...provider, abandon: silent }))
    const answer = await leave()
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(await state()).toBe('waiting')
  })
})
