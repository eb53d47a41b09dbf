import { eq, inArray, isNull } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { expect, it } from 'vitest'
import { migrateDatabase } from '../../drizzle/migrate.ts'
import { numberOrders } from '../../drizzle/number-orders.ts'
import { orderNumberOf, readOrderNumber } from '../../drizzle/order-number.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { makeTestAccounts, makeTestFestival } from '../testing/origin.ts'

const { db, url } = useDatabase()

/** Orders as an older version created them: without a number. */
async function makeOrders(count: number): Promise<string[]> {
  const festival = await makeTestFestival({ db: db() })
  const [accountId = ''] = await makeTestAccounts(db(), 1)
  const rows = Array.from({ length: count }, () => ({
    ...{ id: uuidv7(), paymentId: uuidv7(), accountId, festivalId: festival.id },
    ...{ amountMinor: 1000, currency: 'KRW', createdAt: new Date() },
  }))
  for (let from = 0; from < count; from += 500) {
    const part = rows.slice(from, from + 500)
    await db()
      .insert(payments)
      .values(
        part.map(({ paymentId, ...row }) => ({
          ...{ ...row, id: paymentId, holdId: uuidv7(), basket: [] },
          ...{ method: 'card-ok', state: 'confirmed' as const },
        })),
      )
    await db().insert(orders).values(part)
  }
  return rows.map(({ id }) => id)
}

async function numbersOf(ids: readonly string[]): Promise<(string | null)[]> {
  const rows = await db()
    .select({ number: orders.number })
    .from(orders)
    .where(inArray(orders.id, [...ids]))
  return rows.map(({ number }) => number)
}

it('M18: migrating gives each of thousands of orders without a number a unique one', async () => {
  const ids = await makeOrders(2100)
  await migrateDatabase(url())
  const numbers = await numbersOf(ids)
  expect(new Set(numbers).size).toBe(ids.length)
  expect(numbers.every((number) => readOrderNumber(number ?? '')?.complete === true)).toBe(true)
  expect(await db().select({ id: orders.id }).from(orders).where(isNull(orders.number))).toEqual([])
  expect(await numberOrders(db())).toBe(0)
})

it('M18: an order whose number is taken gets the next', async () => {
  const [taken = '', ...others] = await makeOrders(3)
  const [second = ''] = others
  await db()
    .update(orders)
    .set({ number: orderNumberOf(second) })
    .where(eq(orders.id, taken))
  expect(await numberOrders(db())).toBe(2)
  expect(await numbersOf([second])).toEqual([orderNumberOf(second, 1)])
  expect(await numbersOf([taken])).toEqual([orderNumberOf(second)])
  expect(new Set(await numbersOf([taken, ...others])).size).toBe(3)
})
