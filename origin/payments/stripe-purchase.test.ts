import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import Stripe from 'stripe'
import { describe, expect, it, onTestFinished } from 'vitest'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { REFUND_REASONS } from '../../shared/refund-reasons.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { eventBody, type FakeIntent } from '../testing/fake-stripe/fixtures.ts'
import { openStripe } from '../testing/fake-stripe/stripe-provider.ts'
import { openTestHolds, testWorkerDeps } from '../testing/payments.ts'
import { endWaiting, NOT_DONE_IN_TIME } from './process/end-waiting.ts'
import { followProvider, resolvePayment } from './process/resolve-payment.ts'
import { startPaymentWorker } from './process/worker.ts'
import { createProviderEvents } from './provider-events.ts'
import { createEventReader } from './providers/stripe/events.ts'

const { redis, caller } = useRedis(2)
const { db } = useDatabase()
const THREE_D_SECURE = 'pm_card_threeDSecure2Required'
const SECRET = 'whsec_test'
const READ = /^GET \/v1\/payment_intents\/\w+$/

const FREE = ['1', '0', '0']
const HELD = ['0', '1', '0']
const SOLD = ['0', '0', '1']

/** The payment of a fan whose bank wants to hear from them, and what Stripe, the fan and time can do. */
async function atTheBank() {
  const { stripe, provider } = await openStripe()
  const sale = await openTestHolds({ db: db(), redis: redis() }, 1)
  const id = await sale.pay(0, 'key', stripe.newToken(THREE_D_SECURE))
  const worker = startPaymentWorker(
    testWorkerDeps({ db: db(), redis: caller(0), provider }, { consumer: randomUUID() }),
    sale.room,
  )
  onTestFinished(() => worker.stop())
  const row = async () => {
    const [found] = await db().select().from(payments).where(eq(payments.id, id))
    return found
  }
  await expect.poll(async () => (await row())?.state, { interval: 10 }).toBe('waiting')
  await expect.poll(() => redis().xlen(roomKeys(sale.room).payments), { interval: 10 }).toBe(0)
  const deps = { redis: redis(), db: db(), provider, now: Date.now, rememberSeconds: 60 }
  const events = createProviderEvents({
    ...{ db: db(), now: Date.now },
    onPayment: (payment) => followProvider(deps, payment),
  })
  const readEvent = createEventReader({ webhookSecret: SECRET, toleranceSeconds: 300, now: Date.now })
  return {
    stripe,
    id,
    row,
    bank: (decision: 'approve' | 'decline' | 'expire') => stripe.decideAtBank(id, decision),
    intent: () => [...stripe.intents.values()].find(({ payment }) => payment === id),
    /** The fan comes back to our page, whatever its address says. */
    comeBack: () => resolvePayment(deps, id),
    timeIsOver: () => endWaiting(deps, id, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
    async webhook(type: string, about = id) {
      const payload = JSON.stringify(eventBody(`evt_${randomUUID()}`, type, about))
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET })
      const event = await readEvent(Buffer.from(payload), () => signature)
      return event === undefined ? 'rejected' : await events.receive(event)
    },
    stock: () =>
      redis().hmget(roomKeys(sale.room).stock, ...['free', 'held', 'sold'].map((of) => `${of}:${sale.type}`)),
    orders: () => db().select().from(orders).where(eq(orders.paymentId, id)),
  }
}

describe('a purchase through Stripe with 3-D Secure', () => {
  it.each([
    ['the fan comes back and no event ever arrives', ['back']],
    ['an event arrives and the fan never comes back', ['event']],
    ['an event arrives first, then the fan comes back twice', ['event', 'back', 'back']],
    ['the fan comes back first, then events arrive', ['back', 'event', 'event']],
  ])('is one order when %s', async (_, ways) => {
    const { bank, comeBack, webhook, timeIsOver, stock, orders: made, row, stripe } = await atTheBank()
    expect(await stock()).toEqual(HELD)
    expect(await comeBack()).toMatchObject({ status: 'action' })
    bank('approve')
    for (const way of ways) await (way === 'back' ? comeBack() : webhook('payment_intent.succeeded'))
    await timeIsOver()
    expect(await row()).toMatchObject({ state: 'confirmed' })
    expect(await made()).toHaveLength(1)
    expect(await stock()).toEqual(SOLD)
    expect(stripe.refunds.size).toBe(0)
  })

  it('is one order when return, events and the end of its time come at the same moment', async () => {
    const { bank, comeBack, webhook, timeIsOver, stock, orders: made, stripe } = await atTheBank()
    bank('approve')
    await Promise.all([
      ...Array.from({ length: 5 }, comeBack),
      ...Array.from({ length: 5 }, () => webhook('payment_intent.succeeded')),
      timeIsOver(),
    ])
    expect(await made()).toHaveLength(1)
    expect(await stock()).toEqual(SOLD)
    expect(stripe.refunds.size).toBe(0)
  })

  it('is declined when the bank declines after 3-D Secure, and cannot be paid any more', async () => {
    const { bank, comeBack, webhook, row, orders: made, intent, stripe } = await atTheBank()
    bank('decline')
    expect(await webhook('payment_intent.payment_failed')).toBe('dealt-with')
    expect(await comeBack()).toMatchObject({ status: 'ended', state: 'declined' })
    expect(await row()).toMatchObject({
      ...{ state: 'declined', reason: 'payment_intent_authentication_failure' },
    })
    const declined = intent()
    expect(declined !== undefined && stripe.payInBrowser(declined, 'pm_card_visa')).toBe(false)
    expect(await made()).toEqual([])
  })

  it.each<[string, (amount: number) => Partial<FakeIntent>]>([
    ['one won more', (amount) => ({ received: amount + 1 })],
    ['one won less', (amount) => ({ received: amount - 1 })],
    ['another currency', () => ({ currency: 'jpy' })],
  ])('is refunded whole, and no order, when Stripe has %s', async (_, record) => {
    const { bank, comeBack, intent, row, orders: made, stock, stripe } = await atTheBank()
    const paid = intent()
    if (paid === undefined) throw new Error('no intent')
    Object.assign(paid, record(paid.amount))
    bank('approve')
    expect(await comeBack()).toMatchObject({ status: 'ended', state: 'refunded' })
    expect(await row()).toMatchObject({ state: 'refunded', reason: REFUND_REASONS.wrongAmount })
    expect(await made()).toEqual([])
    expect([...stripe.refunds.values()]).toMatchObject([{ payment: paid.payment, amount: paid.amount }])
    expect(await stock()).toEqual(FREE)
  })

  it('keeps the tickets while Stripe is down, and is an order afterwards', async () => {
    const { bank, comeBack, webhook, timeIsOver, row, stock, stripe } = await atTheBank()
    bank('approve')
    stripe.faults.push(...Array.from({ length: 3 }, () => ({ path: READ, how: 503 })))
    expect(await comeBack()).toMatchObject({ status: 'unknown' })
    expect(await webhook('payment_intent.succeeded')).toBe('postponed')
    expect(await timeIsOver()).toMatchObject({ status: 'unknown' })
    expect(await row()).toMatchObject({ state: 'waiting' })
    expect(await stock()).toEqual(HELD)
    expect(await comeBack()).toMatchObject({ status: 'ended', state: 'confirmed' })
    expect(await stock()).toEqual(SOLD)
  })

  it('ends without money when the fan never comes back, and the bank can complete nothing after that', async () => {
    const { bank, comeBack, timeIsOver, row, stock, intent, stripe } = await atTheBank()
    expect(await timeIsOver()).toMatchObject({ status: 'ended', state: 'expired' })
    expect(await row()).toMatchObject({ state: 'expired', reason: NOT_DONE_IN_TIME })
    expect(intent()?.status).toBe('canceled')
    expect(bank('approve')).toBe(false)
    expect(await comeBack()).toMatchObject({ status: 'ended', state: 'expired' })
    expect(await stock()).toEqual(FREE)
    expect(stripe.refunds.size).toBe(0)
  })

  it('gives a refund that was made before the fan came back no second one, and no second order', async () => {
    const { bank, comeBack, webhook, row, stripe, intent, orders: made } = await atTheBank()
    bank('approve')
    await comeBack()
    const { id = '', amount = 0 } = intent() ?? {}
    stripe.refunds.set('re_1', { id: 're_1', intent: id, amount, payment: undefined, status: 'succeeded' })
    Object.assign(intent() ?? {}, { refundedAmount: amount })
    expect(await webhook('charge.refunded')).toBe('dealt-with')
    await comeBack()
    expect((await row())?.state).not.toBe('waiting')
    expect(await made()).toHaveLength(1)
    expect(stripe.refunds.size).toBe(1)
  })

  it('is not completed by an event about the payment of another fan', async () => {
    const [mine, other] = [await atTheBank(), await atTheBank()]
    other.bank('approve')
    expect(await mine.webhook('payment_intent.succeeded', mine.id)).toBe('dealt-with')
    expect(await mine.row()).toMatchObject({ state: 'waiting' })
    expect(await mine.webhook('payment_intent.succeeded', randomUUID())).toBe('ignored')
    expect(await mine.orders()).toEqual([])
  })
})
