import { and, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** A sale of 10 and 5 units, of which two and one are sold and one of the first is held. */
async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  await sale.buy(2, 1)
  const holder = await sale.admitFan()
  await sale.hold(holder)
  const change = async (counts: Record<string, number>) => {
    for (const [name, by] of Object.entries(counts)) {
      await redis().hincrby(sale.keys.stock, `${name}:${sale.type}`, by)
    }
  }
  const broken = async () => brokenIn(await sale.audit())
  return { ...sale, holder, change, broken, id: `type ${sale.type}` }
}

describe('the units in MySQL', () => {
  it.each([
    ['a row is missing', (type: number) => db().delete(units).where(unit(type, 9))],
    ['a number is skipped', (type: number) => db().update(units).set({ number: 11 }).where(unit(type, 10))],
    [
      'there is one too many',
      (type: number) => db().insert(units).values({ ticketTypeId: type, number: 11 }),
    ],
  ])('are found broken when %s', async (_, tamper) => {
    const { type, id, broken } = await openSale()
    await tamper(type)
    expect(await broken()).toEqual([`1 the units in MySQL are not 1 to the quantity: ${id}`])
  })

  function unit(type: number, number: number) {
    return and(eq(units.ticketTypeId, type), eq(units.number, number))
  }
})

describe('the stock in Redis', () => {
  it.each([
    ['loses a unit', { free: -1 }, ['quantity is not free + held + sold in Redis']],
    [
      'has fewer than none',
      { free: -8, held: 8 },
      ['a count in Redis is negative or no whole number', 'what is held is not what the holds hold'],
    ],
    ['has another quantity', { quantity: 1, free: 1 }, ['Redis and MySQL have different quantities']],
    ['holds a unit for nobody', { free: -1, held: 1 }, ['what is held is not what the holds hold']],
    ['has sold more than MySQL', { free: -1, sold: 1 }, ['Redis and MySQL disagree on what is sold']],
    ['has sold less than MySQL', { free: 1, sold: -1 }, ['Redis and MySQL disagree on what is sold']],
  ])('is found broken when it %s', async (_, counts, breaches) => {
    const { change, broken, id } = await openSale()
    await change(counts)
    expect(await broken()).toEqual(breaches.map((breach) => `1 ${breach}: ${id}`))
  })

  it('is reported when it lacks a type, or has one too many', async () => {
    const { keys, otherType, broken } = await openSale()
    await redis().hdel(
      keys.stock,
      ...['quantity', 'free', 'held', 'sold'].map((name) => `${name}:${otherType}`),
    )
    await redis().hset(keys.stock, 'free:999999', 1)
    expect(await broken()).toEqual([
      '1 Redis has a ticket type that MySQL has not: type 999999',
      `1 Redis has no stock of a ticket type: type ${otherType}`,
    ])
  })

  it('is reported when it lacks a count', async () => {
    const { keys, type, broken } = await openSale()
    await redis().hdel(keys.stock, `sold:${type}`)
    expect(await broken()).toContain(`1 a count in Redis is negative or no whole number: type ${type}`)
  })

  it('is described in the finding', async () => {
    const { change, audit } = await openSale()
    await change({ free: -1, sold: 1 })
    expect((await audit()).invariants[0]?.breaches[0]?.first[0]?.detail).toBe('Redis 3; MySQL 2')
  })

  it('may lag behind MySQL while a payment is in flight, but not lead it, nor lag further', async () => {
    const { holder, accept, take, record, charge, settle, change, broken, id } = await openSale()
    await accept(holder)
    const queued = await take()
    await record(queued)
    await settle(await charge(queued))
    expect(await broken()).toEqual([])
    await change({ free: -2, sold: 2 })
    expect(await broken()).toEqual([`1 Redis and MySQL disagree on what is sold: ${id}`])
    await change({ free: 3, sold: -3 })
    expect(await broken()).toEqual([`1 Redis and MySQL disagree on what is sold: ${id}`])
  })
})

describe('holds', () => {
  it('are reported when one has no expiry', async () => {
    const { keys, holder, broken } = await openSale()
    await redis().zrem(keys.holds, holder.passId)
    expect(await broken()).toEqual([`1 a hold has no expiry: ${holder.passId}`])
  })

  it('are reported when an expiry has no hold', async () => {
    const { keys, broken } = await openSale()
    await redis().zadd(keys.holds, 1, 'nothing')
    expect(await broken()).toEqual(['1 an expiry is of no hold: nothing'])
  })

  it('are reported when one waits for a payment that no worker will find', async () => {
    const { keys, holder, accept, take, broken } = await openSale()
    const payment = await accept(holder)
    const { entry } = await take()
    await redis().xdel(keys.payments, entry)
    expect(await broken()).toEqual([
      `1 a hold is kept for a payment that is not in the stream: ${payment}`,
      `3 a payment is not settled and no longer in the stream: ${payment}`,
    ])
  })
})
