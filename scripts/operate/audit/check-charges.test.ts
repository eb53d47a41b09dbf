import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { makeTestFestival } from '../../../origin/testing/origin.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { OVERDUE_GRACE_MINUTES } from './read-sales.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  const update = (id: string, values: Partial<typeof payments.$inferInsert>) =>
    db().update(payments).set(values).where(eq(payments.id, id))
  const charge = (
    key: string,
    change: { amountMinor?: number; currency?: string; reference?: string } = {},
  ) =>
    sale.charges.charge(key, {
      amountMinor: 1000,
      currency: 'KRW',
      method: 'card-ok',
      reference: key,
      ...change,
    })
  /** A payment that was accepted, read from the stream and recorded. */
  const begin = async () => {
    const fan = await sale.admitFan()
    await sale.hold(fan)
    await sale.accept(fan)
    const queued = await sale.take()
    await sale.record(queued)
    return queued
  }
  const broken = async () => brokenIn(await sale.audit()).filter((line) => line.startsWith('3 '))
  return { ...sale, update, chargeDirectly: charge, begin, broken }
}

const refundOf = (chargeKey: string, amountMinor: number) => ({
  ...{ key: 'refund', chargeKey, amountMinor, currency: 'KRW' },
})

describe('charges', () => {
  it('are reported when one belongs to no payment', async () => {
    const { chargeDirectly, buy, broken } = await openSale()
    await buy()
    const charged = await chargeDirectly('unheard of')
    const id = charged.status === 'made' ? charged.made.id : ''
    expect(await broken()).toEqual([`3 a charge of no recorded payment: ${id}`])
  })

  it('are reported when a payment has two', async () => {
    const { chargeDirectly, buy, broken } = await openSale()
    const { payment } = await buy()
    await chargeDirectly('another key', { reference: payment.id })
    expect(await broken()).toEqual([
      `3 a payment was charged more than once: ${payment.id}`,
      `3 a payment does not name its charge: ${payment.id}`,
    ])
  })

  it.each([{ amountMinor: 999 }, { currency: 'USD' }])('are reported when one is for %j', async (change) => {
    const { chargeDirectly, begin, charge, settle, finish, broken } = await openSale()
    const queued = await begin()
    await chargeDirectly(queued.payment.id, change)
    const found = { ...queued.payment, amountMinor: 1000, ...change }
    const { outcome } = await charge({ entry: queued.entry, payment: found })
    if (outcome.status !== 'succeeded') throw new Error('it was not charged')
    // Settled without comparing, which would refund it.
    const { status, chargeId } = outcome
    await finish(queued, await settle({ payment: queued.payment, outcome: { status, chargeId } }))
    expect(await broken()).toEqual([`3 a charge is not of the amount of its payment: ${queued.payment.id}`])
  })

  it('are reported when one was refunded and its order is still valid', async () => {
    const { provider, buy, broken } = await openSale()
    const { payment } = await buy()
    await provider.refund({ ...refundOf(payment.id, 1), part: true })
    expect(await broken()).toEqual([`3 a charge was given back, and its order stands: ${payment.id}`])
  })
})

describe('orders', () => {
  it('are reported when one was never charged', async () => {
    const { begin, settle, finish, broken } = await openSale()
    const queued = await begin()
    const outcome = { status: 'succeeded', chargeId: 'invented' } as const
    const settled = await settle({ payment: queued.payment, outcome })
    await finish(queued, settled)
    expect(await broken()).toEqual([`3 an order has no successful charge: ${settled.orderId}`])
  })

  it('are reported when one has another amount or currency than its payment', async () => {
    const { buy, broken } = await openSale()
    const { orderId } = await buy()
    await db().update(orders).set({ currency: 'USD' }).where(eq(orders.id, orderId))
    expect(await broken()).toEqual([`3 an order is not of the amount of its payment: ${orderId}`])
  })

  it("are reported when one's payment belongs to another festival", async () => {
    const { update, buy, broken } = await openSale()
    const { payment, orderId } = await buy()
    const other = await makeTestFestival({ db: db() })
    await update(payment.id, { festivalId: other.id })
    expect(await broken()).toEqual([`3 an order's payment is none of the festival's: ${orderId}`])
  })

  it("are reported when one's payment is not confirmed", async () => {
    const { update, buy, broken } = await openSale()
    const { payment } = await buy()
    await update(payment.id, { state: 'declined' })
    expect(await broken()).toEqual([
      `3 a payment that is not confirmed has an order: ${payment.id}`,
      `3 a declined payment was charged: ${payment.id}`,
    ])
  })
})

describe('payments', () => {
  it('are reported when one is confirmed and has no order', async () => {
    const { begin, charge, update, finish, broken } = await openSale()
    const queued = await begin()
    const { outcome } = await charge(queued)
    const chargeId = outcome.status === 'succeeded' ? outcome.chargeId : ''
    await update(queued.payment.id, { state: 'confirmed', chargeId })
    await finish(queued, { payment: queued.payment, state: 'confirmed' })
    expect(await broken()).toEqual([`3 a confirmed payment has no order: ${queued.payment.id}`])
  })

  it('are reported when one is declined and was charged, unless all was refunded', async () => {
    const { begin, charge, settle, finish, provider, broken } = await openSale()
    const queued = await begin()
    await charge(queued)
    const outcome = { status: 'declined', reason: 'a mistake' } as const
    await finish(queued, await settle({ payment: queued.payment, outcome }))
    expect(await broken()).toEqual([`3 a declined payment was charged: ${queued.payment.id}`])
    await provider.refund(refundOf(queued.payment.id, 1000))
    expect(await broken()).toEqual([])
  })

  it('are reported when one counts as refunded and was refunded in part, or never charged', async () => {
    const { begin, charge, update, finish, provider, broken } = await openSale()
    const partly = await begin()
    await charge(partly)
    await provider.refund({ ...refundOf(partly.payment.id, 999), part: true })
    const never = await begin()
    for (const { entry, payment } of [partly, never]) {
      await update(payment.id, { state: 'refunded' })
      await finish({ entry, payment }, { payment, state: 'refunded' })
    }
    expect(await broken()).toEqual([
      `3 a refunded payment was not given back in full: ${partly.payment.id}`,
      `3 a payment was given back and never charged: ${never.payment.id}`,
    ])
  })

  it.each(['charging', 'refunding'] as const)(
    'are reported when one is %s and no worker will find it',
    async (state) => {
      const { begin, charge, update, keys, audit, broken } = await openSale()
      const { entry, payment } = await begin()
      await charge({ entry, payment })
      await update(payment.id, { state })
      expect(await broken()).toEqual([])
      await redis().xdel(keys.payments, entry)
      expect(await broken()).toEqual([
        `3 a payment is not settled and no longer in the stream: ${payment.id}`,
      ])
      const { invariants } = await audit()
      expect(invariants[2]?.breaches[0]?.first[0]?.detail).toBe(`${state}, charged`)
    },
  )

  it('are reported when one waits for its fan long past its end', async () => {
    const { begin, update, keys, broken } = await openSale()
    const { entry, payment } = await begin()
    await redis().xdel(keys.payments, entry)
    const endedBefore = (minutes: number) =>
      update(payment.id, { state: 'waiting', actionUntil: new Date(Date.now() - minutes * 60_000) })
    await endedBefore(OVERDUE_GRACE_MINUTES - 1)
    expect(await broken()).toEqual([])
    await endedBefore(OVERDUE_GRACE_MINUTES + 1)
    expect(await broken()).toEqual([`3 a payment waits for its fan long past its end: ${payment.id}`])
  })

  it('are reported when one is to be refunded and was never charged', async () => {
    const { begin, update, broken } = await openSale()
    const { payment } = await begin()
    await update(payment.id, { state: 'refunding' })
    expect(await broken()).toEqual([`3 a payment is to be given back and was never charged: ${payment.id}`])
  })

  it('are reported when one names another charge', async () => {
    const { buy, update, broken } = await openSale()
    const { payment } = await buy()
    await update(payment.id, { chargeId: randomUUID() })
    expect(await broken()).toEqual([`3 a payment does not name its charge: ${payment.id}`])
  })
})
