import { randomUUID } from 'node:crypto'
import { eq, gt } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { beginPayments } from '../../../origin/payments/process/record-payments.ts'
import { settlePayments } from '../../../origin/payments/process/settle-payments.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../../origin/testing/origin.ts'
import { readSales } from './read-sales.ts'

const { db } = useDatabase()
const AT = new Date()

it('reads a festival of more than one page completely, and nothing of another', async () => {
  const festival = await makeTestFestival({ db: db() }, { quantities: [5100], accountLimit: 5050 })
  const other = await makeTestFestival({ db: db() }, { quantities: [3] })
  const [account = ''] = await makeTestAccounts(db(), 1)
  for (const each of [festival, other]) {
    const batch = Array.from({ length: each === other ? 3 : 5050 }, () => makeTestPayment(each, account))
    const outcome = { status: 'succeeded', chargeId: 'charge' } as const
    for (let i = 0; i < batch.length; i += 1000) {
      const some = batch.slice(i, i + 1000)
      await beginPayments(db(), some, AT)
      await settlePayments(
        db(),
        some.map((payment) => ({ payment, outcome })),
        AT,
      )
    }
  }
  const sales = await readSales(db(), festival.id)
  expect([sales.payments.size, sales.orders.size, sales.ownedUnits.length, sales.tickets.length]).toEqual([
    5050, 5050, 5050, 5050,
  ])
  expect(new Set(sales.tickets.map(({ number }) => number)).size).toBe(5050)
  expect([...sales.types.values()]).toEqual([
    { quantity: 5100, accountLimit: 5050, rows: 5100, firstNumber: 1, lastNumber: 5100, owned: 5050 },
  ])
})

it('reads everything from one snapshot', async () => {
  const festival = await makeTestFestival({ db: db() }, { quantities: [5100] })
  const [type = 0] = festival.types
  await db().update(units).set({ orderId: randomUUID() }).where(eq(units.ticketTypeId, type))
  const reading = readSales(db(), festival.id)
  await db().update(units).set({ orderId: null }).where(gt(units.number, 0))
  const { types, ownedUnits } = await reading
  expect(ownedUnits).toHaveLength(types.get(type)?.owned ?? -1)
})
