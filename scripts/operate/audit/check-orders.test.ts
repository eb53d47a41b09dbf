import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** Two orders: the first owns units 1 and 2, the second unit 3. `broken` filters for this invariant. */
async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  const first = await sale.buy(2)
  const second = await sale.buy(1)
  const unit = (number: number) => and(eq(units.ticketTypeId, sale.type), eq(units.number, number))
  const ticketId = async (number: number) => {
    const ofUnit = and(eq(tickets.ticketTypeId, sale.type), eq(tickets.unitNumber, number))
    const [ticket] = await db().select({ id: tickets.id }).from(tickets).where(ofUnit)
    return ticket?.id ?? ''
  }
  const broken = async () => brokenIn(await sale.audit()).filter((line) => line.startsWith('2 '))
  return {
    ...sale,
    first,
    second,
    unit,
    ticketId,
    broken,
    nameOf: (n: number) => `type ${sale.type} unit ${n}`,
  }
}

it('reports an owned unit without a ticket', async () => {
  const { ticketId, broken, nameOf } = await openSale()
  await db()
    .delete(tickets)
    .where(eq(tickets.id, await ticketId(2)))
  expect(await broken()).toEqual([`2 an owned unit has no ticket: ${nameOf(2)}`])
})

it('reports a ticket of a free unit, and its order', async () => {
  const { unit, ticketId, first, broken } = await openSale()
  await db().update(units).set({ orderId: null }).where(unit(1))
  expect(await broken()).toEqual([
    `2 a ticket is of a unit that no order owns: ${await ticketId(1)}`,
    `2 an order does not own what it paid for: ${first.orderId}`,
  ])
})

it('reports a unit that moved to another order', async () => {
  const { unit, ticketId, first, second, broken } = await openSale()
  await db().update(units).set({ orderId: second.orderId }).where(unit(1))
  expect(await broken()).toEqual([
    `2 a ticket is of a unit that another order owns: ${await ticketId(1)}`,
    `2 an order does not own what it paid for: ${first.orderId}, ${second.orderId}`,
  ])
})

it('reports a unit of an order that does not exist', async () => {
  const { unit, broken, nameOf } = await openSale()
  await db().update(units).set({ orderId: randomUUID() }).where(unit(9))
  expect(await broken()).toEqual([
    `2 a unit belongs to an order that the festival has not: ${nameOf(9)}`,
    `2 an owned unit has no ticket: ${nameOf(9)}`,
  ])
})

it('reports a ticket that moved to another order', async () => {
  const { ticketId, first, broken } = await openSale()
  const id = await ticketId(3)
  await db().update(tickets).set({ orderId: first.orderId }).where(eq(tickets.id, id))
  expect(await broken()).toEqual([`2 a ticket is of a unit that another order owns: ${id}`])
})

it('reports an order that paid for something else, and for what', async () => {
  const { second, type, otherType, audit, broken } = await openSale()
  await db()
    .update(payments)
    .set({ basket: [{ type: otherType, quantity: 1 }] })
    .where(eq(payments.id, second.payment.id))
  expect(await broken()).toEqual([`2 an order does not own what it paid for: ${second.orderId}`])
  const { invariants } = await audit()
  expect(invariants[1]?.breaches[0]?.first[0]?.detail).toBe(
    `owns 1 of type ${type}, paid for 1 of type ${otherType}`,
  )
})

it('reports an order of another account than the one that paid', async () => {
  const { first, second, broken } = await openSale()
  await db().update(orders).set({ accountId: first.payment.account }).where(eq(orders.id, second.orderId))
  expect(await broken()).toEqual([`2 an order is not of the account that paid: ${second.orderId}`])
})

it('reports a second ticket of a unit', async () => {
  const { type, first, broken } = await openSale()
  // MySQL would refuse it.
  await db().execute(
    sql`alter table tickets add index by_type (ticket_type_id), drop index tickets_live_unit`,
  )
  const id = randomUUID()
  const code = id.slice(0, 22)
  await db().insert(tickets).values({ id, orderId: first.orderId, ticketTypeId: type, unitNumber: 1, code })
  expect(await broken()).toEqual([expect.stringMatching(/^2 a unit has a second ticket: /)])
})
