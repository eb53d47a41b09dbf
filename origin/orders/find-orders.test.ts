import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { makeNamedAccount, makeTestOrder } from '../testing/sales.ts'
import { findOrderSummaries, findOrders } from './find-orders.ts'

const { db } = useDatabase()

async function buy(quantity: number): Promise<string> {
  const festival = await makeTestFestival({ db: db() }, { quantities: [quantity], accountLimit: quantity })
  const account = await makeNamedAccount(db(), { name: 'Kim' })
  await makeTestOrder(db(), {
    ...{ festival: festival.id, account },
    basket: [{ type: festival.types[0] ?? 0, quantity }],
  })
  return account
}

it('H2: signs the tickets of an account with many in slices, and yields to the event loop between them', async () => {
  const account = await buy(220)
  let sinceTurn = 0
  let most = 0
  let isDone = false
  const turning = (async () => {
    while (!isDone) {
      await nextTurn()
      sinceTurn = 0
    }
  })()
  const signTicket = () => {
    sinceTurn += 1
    most = Math.max(most, sinceTurn)
    return { qr: 'qr', typed: 'typed' }
  }
  const [order] = await findOrders({ db: db(), signTicket }, account, 10)
  isDone = true
  await turning
  expect(order).toMatchObject({ ticketCount: 220 })
  expect(new Set(order?.tickets.map(({ number }) => number)).size).toBe(220)
  expect(most).toBeLessThanOrEqual(100)
})

it('finds orders for a list without signing or reading their tickets', async () => {
  const account = await buy(3)
  const [order] = await findOrderSummaries({ db: db() }, account, 10)
  expect(order).toMatchObject({ ticketCount: 3, tickets: [] })
})
