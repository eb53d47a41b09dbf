import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() }, { accountLimit: 2 })
  const report = async () => (await sale.audit()).invariants[3]
  return { ...sale, report, broken: async () => brokenIn(await sale.audit()) }
}

it('reports an account that owns and holds more than its limit', async () => {
  const { keys, type, buy, admitFan, hold, report } = await openSale()
  const { payment } = await buy(2)
  await redis().hdel(keys.counts, `${payment.account}:${type}`)
  await hold(await admitFan(payment.account), 1)
  expect((await report())?.breaches[0]).toMatchObject({
    breach: 'an account exceeds its limit',
    first: [{ id: payment.account, detail: `type ${type}: owns 2, holds 1, limit 2` }],
  })
})

it('accepts what was held under a higher limit when the limit was lowered since', async () => {
  const sale = await openSale()
  const { payment } = await sale.buy(2)
  await db().update(ticketTypes).set({ accountLimit: 1 }).where(eq(ticketTypes.id, sale.type))
  expect(await sale.broken()).toEqual([])
  await db()
    .update(payments)
    .set({ basket: [{ type: sale.type, quantity: 2 }] })
    .where(eq(payments.id, payment.id))
  expect((await sale.report())?.breaches[0]).toMatchObject({ breach: 'an account exceeds its limit' })
})

it('counts each type separately', async () => {
  const { buy, broken } = await openSale()
  await buy(2, 2)
  expect(await broken()).toEqual([])
})

it('does not count a unit twice that is already owned and still held', async () => {
  const { admitFan, hold, accept, take, record, charge, settle, broken } = await openSale()
  const fan = await admitFan()
  await hold(fan, 2)
  await accept(fan)
  const queued = await take()
  await record(queued)
  await settle(await charge(queued))
  expect(await broken()).toEqual([])
})

it('reports a count in Redis that differs from what an account owns and holds', async () => {
  const { keys, type, otherType, buy, admitFan, hold, broken } = await openSale()
  const { payment } = await buy(1)
  const holder = await admitFan()
  await hold(holder, 1)
  await redis().hincrby(keys.counts, `${payment.account}:${type}`, 1)
  await redis().hdel(keys.counts, `${holder.account}:${type}`)
  await redis().hset(keys.counts, `somebody:${otherType}`, 1)
  const found = await broken()
  expect(found).toHaveLength(1)
  for (const account of [payment.account, holder.account, 'somebody']) expect(found[0]).toContain(account)
})

it('does not check the counts in Redis while payments are in flight', async () => {
  const { keys, type, buy, admitFan, hold, accept, broken } = await openSale()
  const { payment } = await buy(1)
  await redis().hincrby(keys.counts, `${payment.account}:${type}`, 1)
  const fan = await admitFan()
  await hold(fan)
  await accept(fan)
  expect(await broken()).toEqual([])
})
