import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { makeNamedAccount, makeTestOrder } from '../testing/sales.ts'
import { findPurchase } from './find-purchase.ts'

const { db } = useDatabase()
const NOTHING = { orders: 0, tickets: 0, order: undefined, payment: undefined }

async function buyer() {
  const festival = await makeTestFestival({ db: db() }, { quantities: [20], accountLimit: 10 })
  const account = await makeNamedAccount(db(), { name: 'Kim' })
  const find = () => findPurchase(db(), { account, festival: festival.id })
  const buy = (quantity: number) =>
    makeTestOrder(db(), {
      ...{ festival: festival.id, account },
      basket: [{ type: festival.types[0] ?? 0, quantity }],
    })
  return { festival, account, find, buy }
}

describe('H8: what an account has bought of a festival', () => {
  it('is empty before the account has bought anything there, whatever it has of other festivals', async () => {
    const [one, other] = [await buyer(), await buyer()]
    await one.buy(2)
    expect(await findPurchase(db(), { account: one.account, festival: other.festival.id })).toEqual(NOTHING)
    expect(await findPurchase(db(), { account: other.account, festival: one.festival.id })).toEqual(NOTHING)
  })

  it('has all of its orders that are not cancelled, and the newest of them', async () => {
    const { account, find, buy } = await buyer()
    await buy(2)
    await buy(3)
    const found = await find()
    expect(found).toMatchObject({ orders: 2, tickets: 5, payment: undefined })
    const [newest] = await db()
      .select()
      .from(orders)
      .where(eq(orders.id, found.order ?? ''))
    expect(newest?.accountId).toBe(account)
    await db()
      .update(orders)
      .set({ state: 'cancelling' })
      .where(eq(orders.id, found.order ?? ''))
    const left = await find()
    expect(left.orders).toBe(1)
    expect(left.order).not.toBe(found.order)
    await db().update(orders).set({ state: 'cancelled' }).where(eq(orders.accountId, account))
    expect(await find()).toEqual(NOTHING)
  })

  it.each(['accepted', 'charging'] as const)('names a payment whose outcome is open: %s', async (state) => {
    const { festival, account, find } = await buyer()
    const id = randomUUID()
    await db()
      .insert(payments)
      .values({
        ...{ id, accountId: account, festivalId: festival.id, holdId: randomUUID(), state },
        basket: [{ type: festival.types[0] ?? 0, quantity: 1 }],
        ...{ amountMinor: 1000, currency: 'KRW', method: 'card-ok', createdAt: new Date() },
      })
    expect(await find()).toEqual({ ...NOTHING, payment: id })
    await db().update(payments).set({ state: 'declined' }).where(eq(payments.id, id))
    expect(await find()).toEqual(NOTHING)
  })
})
