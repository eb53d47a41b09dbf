import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { checkIns, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** Two tickets of one order. `broken` filters for this invariant. */
async function openSale() {
  const sale = await openTestSale({ db: db(), redis: redis() })
  const { orderId, payment } = await sale.buy(2)
  const [first, second] = await db().select().from(tickets).where(eq(tickets.orderId, orderId))
  const scan = async (ticketId = '', more: Partial<typeof checkIns.$inferInsert> = {}) => {
    const id = randomUUID()
    const row = { id, ticketId, at: new Date(), accountId: payment.account, gate: 'North' }
    await db()
      .insert(checkIns)
      .values({ ...row, ...more })
    return id
  }
  const broken = async () => brokenIn(await sale.audit()).filter((line) => line.startsWith('8 '))
  return { ...sale, first: first?.id ?? '', second: second?.id ?? '', scan, broken, by: payment.account }
}

it('holds when tickets were used once, and again after an undo', async () => {
  const { first, second, scan, broken, audit, by } = await openSale()
  await scan(first, { undoneAt: new Date(), undoneBy: by, live: null })
  await scan(first, { undoneAt: new Date(), undoneBy: by, live: null })
  await scan(first)
  await scan(second)
  expect(await broken()).toEqual([])
  expect((await audit()).invariants.at(-1)?.checked).toEqual({ tickets: 2, checkIns: 4 })
})

it('reports a ticket that was used twice', async () => {
  const { first, scan, broken } = await openSale()
  // MySQL would refuse it.
  await db().execute(sql`alter table check_ins add index by_ticket (ticket_id), drop index check_ins_live`)
  await scan(first)
  await scan(first)
  expect(await broken()).toEqual([`8 a ticket is checked in twice: ${first}`])
})

it('reports an undone check-in that counts, and a live one that does not', async () => {
  const { first, second, scan, broken, by } = await openSale()
  const undone = await scan(first, { undoneAt: new Date(), undoneBy: by })
  const nothing = await scan(second, { live: null })
  const found = await broken()
  expect(found).toContain(`8 a check-in was undone and counts: ${undone}`)
  expect(found).toContain(`8 a check-in counts for nothing: ${nothing}`)
})

it('reports a void ticket that is checked in', async () => {
  const { first, scan, broken } = await openSale()
  await scan(first)
  await db().update(tickets).set({ live: null }).where(eq(tickets.id, first))
  expect(await broken()).toEqual([`8 a void ticket is checked in: ${first}`])
})
