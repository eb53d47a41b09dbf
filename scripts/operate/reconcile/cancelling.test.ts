import { and, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { orderNumberOf } from '../../../drizzle/order-number.ts'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { takeHold } from '../../../origin/holds/take-hold.ts'
import { makeTestAccounts } from '../../../origin/testing/origin.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { openCancelSale } from './testing.ts'

const { redis, caller } = useRedis(8)
const { db } = useDatabase()
type Options = Parameters<typeof openCancelSale>[1]
const open = (options: Options = {}) => openCancelSale({ db: db(), redis: redis() }, options)

it('sells, cancels and sells again, all through the API', async () => {
  const sale = await open({ quantities: [1, 1] })
  sale.startWorker()
  const basket = [{ type: sale.type, quantity: 1 }]
  const buy = async () => {
    const fan = await sale.admitFan()
    const paid = await sale.payOverApp(fan, basket)
    expect(paid.status).toBe(202)
    const payment = String(paid.body['id'])
    const seen = () => sale.seePayment(payment, fan.account)
    await expect.poll(async () => (await seen()).body['state']).toBe('confirmed')
    return { ...fan, payment, order: String((await seen()).body['order']) }
  }
  const first = await buy()
  const soldOut = await sale.payOverApp(await sale.admitFan(), basket)
  expect(soldOut.body).toMatchObject({ code: 'hold-missing' })

  expect((await sale.cancel(first.order, first.account)).status).toBe(202)
  await sale.idle()
  expect(sale.refunds(first.payment)).toHaveLength(1)
  const second = await buy()
  const shown = async (account: string) => (await sale.seeOrders(account)).body['orders']
  expect(await shown(first.account)).toMatchObject([
    { state: 'cancelled', tickets: [{ number: 1, void: true }] },
  ])
  expect(await shown(second.account)).toMatchObject([
    { state: 'owned', tickets: [{ number: 1, void: false }] },
  ])
  expect(await sale.broken()).toEqual([])
})

describe('a cancelled order', () => {
  it('is refunded, its tickets are void, and its units are sold to another fan', async () => {
    const sale = await open({ quantities: [2, 1] })
    const { orderId, payment } = await sale.buy(2, 1)
    const answer = await sale.cancel(orderId, payment.account)
    expect(answer).toMatchObject({ status: 202, body: { id: orderId, state: 'cancelling' } })
    expect(answer.body['tickets']).toMatchObject([{ void: true }, { void: true }, { void: true }])
    await sale.idle()

    const seen = await sale.seeOrder(orderId, payment.account)
    expect(seen.body).toMatchObject({ state: 'cancelled', cancelledAt: expect.any(String) })
    expect((await sale.seePayment(payment.id, payment.account)).body).toMatchObject({ state: 'refunded' })
    expect(sale.refunds(payment.id)).toMatchObject([{ amountMinor: 3000 }])
    expect(await sale.stock()).toEqual({ free: 2, held: 0, sold: 0, owned: 0 })
    expect(await sale.broken()).toEqual([])

    const next = await sale.buy(2, 1)
    expect(next.state).toBe('confirmed')
    expect((await sale.ticketsOf(next.orderId)).map(({ live }) => live)).toEqual([true, true, true])
    expect((await sale.ticketsOf(orderId)).map(({ live }) => live)).toEqual([null, null, null])
    const ofUnit = and(eq(tickets.ticketTypeId, sale.type), eq(tickets.unitNumber, 1))
    expect(await db().select().from(tickets).where(ofUnit)).toHaveLength(2)
    expect(await sale.broken()).toEqual([])
  })

  it('no longer counts against the limit of its account', async () => {
    const sale = await open({ quantities: [10, 10], accountLimit: 2 })
    const { orderId, payment } = await sale.buy(2)
    const again = await sale.admitFan(payment.account)
    const hold = () =>
      takeHold(redis(), {
        ...{ room: sale.festival.id, account: again.account, passId: again.passId },
        basket: [{ type: sale.type, quantity: 2 }],
      })
    expect((await hold()).status).toBe('limit')
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    expect((await hold()).status).toBe('held')
    expect(await sale.broken()).toEqual([])
  })

  it('returns 200 once all is done, and changes nothing more', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy()
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    const again = await sale.cancel(orderId, payment.account)
    expect(again).toMatchObject({ status: 200, body: { state: 'cancelled' } })
    await sale.idle()
    expect(sale.refunds(payment.id)).toHaveLength(1)
    expect(await sale.stock()).toMatchObject({ free: 10, sold: 0 })
  })

  it('leaves the other orders of its account and its festival unchanged', async () => {
    const sale = await open()
    const stored = await sale.buy(2)
    const { orderId, payment } = await sale.buy(3)
    await sale.cancel(orderId, payment.account)
    await sale.idle()
    expect(await sale.stock()).toEqual({ free: 8, held: 0, sold: 2, owned: 2 })
    expect(await sale.order(stored.orderId)).toMatchObject({ state: 'owned', payment: 'confirmed' })
    expect(await sale.broken()).toEqual([])
  })
})

describe('cancelling', () => {
  it('is refused once the deadline of one of its ticket types has passed, except to an organiser', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(1, 1)
    await sale.passDeadline()
    const refused = await sale.cancel(orderId, payment.account)
    expect(refused).toMatchObject({ status: 409, body: { code: 'refund-deadline-passed' } })
    expect(await sale.order(orderId)).toMatchObject({ state: 'owned', payment: 'confirmed' })

    const [organiser = ''] = await makeTestAccounts(db(), 1)
    const done = await sale.cancelAsOrganiser(orderId, organiser, { reason: ' rained off ' })
    expect(done).toMatchObject({ status: 202, body: { state: 'cancelling' } })
    await sale.idle()
    const logged = await db().select().from(auditLog).where(eq(auditLog.subject, orderId))
    expect(logged).toMatchObject([
      {
        accountId: organiser,
        action: 'order.cancel',
        before: { number: orderNumberOf(orderId), state: 'owned' },
        after: { state: 'cancelling', by: 'organiser', reason: 'rained off' },
      },
    ])
    expect(await sale.broken()).toEqual([])
  })

  it('depends only on the deadlines of the types that were bought', async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy(1)
    await sale.passDeadline()
    expect((await sale.cancel(orderId, payment.account)).status).toBe(202)
  })

  it("does not find another account's order", async () => {
    const sale = await open()
    const { orderId } = await sale.buy()
    const [other = ''] = await makeTestAccounts(db(), 1)
    expect(await sale.cancel(orderId, other)).toMatchObject({ status: 404, body: { code: 'not-found' } })
    expect(await sale.cancel(crypto.randomUUID(), other)).toMatchObject({ status: 404 })
    expect(await sale.order(orderId)).toMatchObject({ state: 'owned' })
  })

  it("lets only organisers cancel any account's order, with or without a reason", async () => {
    const sale = await open()
    const { orderId, payment } = await sale.buy()
    for (const roles of [['fan'], ['fan', 'staff']] as const) {
      const refused = await sale.cancelAsOrganiser(orderId, payment.account, undefined, [...roles])
      expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    }
    const wrong = await sale.cancelAsOrganiser(orderId, payment.account, { reason: '', refund: false })
    expect(wrong.status).toBe(422)
    expect((await sale.cancelAsOrganiser(crypto.randomUUID(), payment.account)).status).toBe(404)
    expect((await sale.cancelAsOrganiser(orderId, payment.account)).status).toBe(202)
  })

  it('waits until the payment is settled in Redis too, so that no unit is counted twice', async () => {
    const sale = await open()
    const fan = await sale.admitFan()
    await sale.hold(fan, 2)
    await sale.accept(fan)
    const queued = await sale.take()
    await sale.record(queued)
    const settled = await sale.settle(await sale.charge(queued))
    const { orderId = '' } = settled
    const early = await sale.cancel(orderId, fan.account)
    expect(early).toMatchObject({ status: 503, body: { code: 'unavailable', retryAfterSeconds: 2 } })
    await sale.finish(queued, settled)
    expect((await sale.cancel(orderId, fan.account)).status).toBe(202)
    await sale.idle()
    expect(await sale.stock()).toEqual({ free: 10, held: 0, sold: 0, owned: 0 })
    expect(await sale.broken()).toEqual([])
  })
})

describe('twenty concurrent cancellations of an order', () => {
  it('refund the money once and release the units once', async () => {
    const sale = await open({ quantities: [5, 5] })
    const { orderId, payment } = await sale.buy(2, 1)
    const answers = await Promise.all(Array.from({ length: 20 }, () => sale.cancel(orderId, payment.account)))
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true)
    await sale.idle()
    expect(sale.refunds(payment.id)).toHaveLength(1)
    expect(await sale.stock()).toEqual({ free: 5, held: 0, sold: 0, owned: 0 })
    expect(await db().select().from(auditLog).where(eq(auditLog.subject, orderId))).toHaveLength(1)
    expect(await sale.broken()).toEqual([])
  })

  it('do so too when several origins finish them concurrently', async () => {
    const sale = await open({ quantities: [5, 5], cancellations: { take: () => {} } })
    for (let round = 0; round < 5; round += 1) {
      const { orderId, payment } = await sale.buy(2, 1)
      await sale.cancel(orderId, payment.account)
      const ends = await Promise.all(
        Array.from({ length: 20 }, (_, i) => sale.giveBack(orderId, { redis: caller(i) })),
      )
      expect(ends.every(({ status }) => status === 'finished')).toBe(true)
      expect(sale.refunds(payment.id)).toHaveLength(1)
      expect(await sale.stock()).toEqual({ free: 5, held: 0, sold: 0, owned: 0 })
    }
    expect(await redis().hlen(sale.keys.returning)).toBe(0)
    expect(await sale.broken()).toEqual([])
  })

  it('let others buy the units meanwhile, and take none of them back', async () => {
    const sale = await open({ quantities: [3, 1], cancellations: { take: () => {} } })
    const bought = [await sale.buy(), await sale.buy(), await sale.buy()]
    await Promise.all(bought.map(({ orderId, payment }) => sale.cancel(orderId, payment.account)))
    const finishing = bought.flatMap(({ orderId }, i) =>
      Array.from({ length: 6 }, (_, n) => sale.giveBack(orderId, { redis: caller(i + n) })),
    )
    await Promise.race(finishing)
    const resold = await sale.buy()
    await Promise.all(finishing)
    expect(resold.state).toBe('confirmed')
    expect(await sale.stock()).toEqual({ free: 2, held: 0, sold: 1, owned: 1 })
    expect(await sale.order(resold.orderId)).toMatchObject({ state: 'owned' })
    expect(await sale.broken()).toEqual([])
  })
})
