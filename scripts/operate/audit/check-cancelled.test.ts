import { setTimeout as wait } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { openCancelSale } from '../reconcile/testing.ts'
import { readSales } from './read-sales.ts'
import { auditDuring, brokenIn } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

const stores = () => ({ db: db(), redis: redis() })

/** An order that was cancelled, and functions that tamper with its remains. */
async function openCancelled() {
  const sale = await openCancelSale(stores())
  const { orderId, payment } = await sale.buy(2)
  await sale.cancel(orderId, payment.account)
  await sale.idle()
  expect(await sale.broken()).toEqual([])
  return { ...sale, orderId, payment }
}

describe('a cancelled order', () => {
  it('is reported when it owns units', async () => {
    const { orderId, type, broken } = await openCancelled()
    await db().update(units).set({ orderId }).where(eq(units.ticketTypeId, type))
    expect(await broken()).toContain(`2 a cancelled order owns units: ${orderId}`)
  })

  it('is reported when one of its tickets admits', async () => {
    const { orderId, ticketsOf, broken } = await openCancelled()
    const [ticket] = await ticketsOf(orderId)
    await db()
      .update(tickets)
      .set({ live: true })
      .where(eq(tickets.id, ticket?.id ?? ''))
    expect(await broken()).toContain(`2 a ticket of a cancelled order is not void: ${ticket?.id}`)
  })

  it('is reported when its payment is still confirmed', async () => {
    const { payment, broken } = await openCancelled()
    await db().update(payments).set({ state: 'confirmed' }).where(eq(payments.id, payment.id))
    expect(await broken()).toContain(`3 the payment of a cancelled order is not given back: ${payment.id}`)
  })

  it('is reported when its money was not refunded', async () => {
    const { giveBack, cancel, buy, provider, broken } = await openCancelSale(stores(), {
      cancellations: { take: () => {} },
    })
    const { orderId, payment } = await buy()
    await cancel(orderId, payment.account)
    await giveBack(orderId, { provider: { ...provider, refund: async () => ({ status: 'refunded' }) } })
    expect(await broken()).toEqual([`3 a refunded payment was not given back in full: ${payment.id}`])
  })
})

it('holds for free tickets, which are sold and cancelled without a charge', async () => {
  const sale = await openCancelSale(stores(), { priceMinor: 0 })
  const { orderId, payment, state } = await sale.buy(2)
  expect(state).toBe('confirmed')
  expect(await sale.ticketsOf(orderId)).toHaveLength(2)
  expect(await sale.broken()).toEqual([])
  await sale.cancel(orderId, payment.account)
  await sale.idle()
  expect(await sale.broken()).toEqual([])
  expect(sale.entries()).toEqual([])
})

it('reports a void ticket of a valid order', async () => {
  const sale = await openCancelSale(stores())
  const { orderId } = await sale.buy()
  const [ticket] = await sale.ticketsOf(orderId)
  await db().update(tickets).set({ live: null }).where(eq(tickets.orderId, orderId))
  expect(await sale.broken()).toContain(`2 a ticket is void, and its order stands: ${ticket?.id}`)
})

it('reports units that Redis has not put on sale again', async () => {
  const sale = await openCancelSale(stores(), { cancellations: { take: () => {} } })
  const { orderId, payment } = await sale.buy(2)
  await sale.cancel(orderId, payment.account)
  await redis().hset(sale.keys.returning, orderId, 'another epoch')
  await sale.giveBack(orderId)
  expect(await sale.broken()).toEqual([])
  await redis().hincrby(sale.keys.stock, `free:${sale.type}`, -1)
  await redis().hincrby(sale.keys.stock, `sold:${sale.type}`, 1)
  expect(await sale.broken()).toEqual([`1 Redis and MySQL disagree on what is sold: type ${sale.type}`])
  expect(await db().select().from(orders).where(eq(orders.id, orderId))).toHaveLength(1)
})

it('reads every ticket of a unit, however many orders have owned it', async () => {
  const sale = await openCancelSale(stores(), { quantities: [1, 1] })
  for (let n = 0; n < 3; n += 1) {
    const { orderId, payment } = await sale.buy()
    await sale.cancel(orderId, payment.account)
    await sale.idle()
  }
  await sale.buy()
  const sales = await readSales(db(), sale.festival.id)
  expect(sales.tickets.map(({ isVoid }) => isVoid).toSorted()).toEqual([false, true, true, true])
  expect(await sale.broken()).toEqual([])
})

describe('cancellations in progress', () => {
  it('may take any step while the audit reads', async () => {
    for (const begun of [0, 1]) {
      const sale = await openCancelSale(stores(), { cancellations: { take: () => {} } })
      const { orderId, payment } = await sale.buy(2)
      const steps = [
        () => sale.cancel(orderId, payment.account),
        async () => {
          await sale.giveBack(orderId)
          return sale.buy(1)
        },
      ]
      for (const step of steps.slice(0, begun)) await step()
      expect(brokenIn(await auditDuring(stores(), sale, steps.slice(begun)))).toEqual([])
    }
  })

  it('never make an audit during them report anything', async () => {
    const sale = await openCancelSale(stores(), { quantities: [40, 5] })
    sale.dials.change({ medianMs: 20, p99Ms: 100, errorShare: 0.1, loseAnswerShare: 0.1 })
    sale.startWorker()
    const basket = [{ type: sale.type, quantity: 1 }]
    let selling = true
    const rush = Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        await wait(i * 25)
        const fan = await sale.admitFan()
        const paid = await sale.payOverApp(fan, basket)
        const payment = String(paid.body['id'])
        const state = async () => (await sale.seePayment(payment, fan.account)).body
        await expect.poll(async () => (await state())['state'], { timeout: 20_000 }).toBe('confirmed')
        if (i % 3 !== 0) await sale.cancel(String((await state())['order']), fan.account)
      }),
    ).finally(() => {
      selling = false
    })
    while (selling) expect(await sale.broken()).toEqual([])
    await rush
    await sale.idle()
    sale.dials.change({ errorShare: 0, loseAnswerShare: 0 })
    await sale.reconcile()
    expect(await sale.stock()).toEqual({ free: 30, held: 0, sold: 10, owned: 10 })
    expect(await sale.broken()).toEqual([])
  })
})
