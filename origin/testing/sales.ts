import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { orderNumberOf } from '../../drizzle/order-number.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { type OrderState, orders, payments, tickets } from '../../drizzle/schema/purchases.ts'
import type { Role } from '../../shared/tokens/kinds.ts'

/** An account with a unique name and address, which cannot be signed in to. */
export async function makeNamedAccount(
  db: Database,
  { name, email, roles = ['fan'] }: { name: string; email?: string; roles?: Role[] },
): Promise<string> {
  const id = uuidv7()
  const address = email ?? `${id}@naru.test`
  await db
    .insert(accounts)
    .values({ id, name, email: address, roles, passwordHash: 'none', createdAt: new Date() })
  return id
}

let unit = 0

/** An order with its payment and tickets, inserted into MySQL; its units are irrelevant here. */
export async function makeTestOrder(
  db: Database,
  input: {
    festival: string
    account: string
    basket: { type: number; quantity: number }[]
    state?: OrderState
    amountMinor?: number
    currency?: string
  },
): Promise<string> {
  const { festival, account, basket, state = 'owned', amountMinor = 1000, currency = 'KRW' } = input
  const [id, payment, createdAt] = [uuidv7(), uuidv7(), new Date()]
  const common = { accountId: account, festivalId: festival, amountMinor, currency, createdAt }
  await db.insert(payments).values({
    ...common,
    ...{ id: payment, holdId: uuidv7(), basket, method: 'card-ok', state: 'confirmed' as const },
  })
  await db.insert(orders).values({ ...common, id, number: orderNumberOf(id), paymentId: payment, state })
  const issued = basket.flatMap(({ type, quantity }) =>
    Array.from({ length: quantity }, () => {
      unit += 1
      const code = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
      return { id: uuidv7(), orderId: id, ticketTypeId: type, unitNumber: unit, code }
    }),
  )
  await db.insert(tickets).values(issued)
  return id
}
