import { randomBytes } from 'node:crypto'
import { eq, inArray } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { orders, tickets } from '../../drizzle/schema/purchases.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { settlePayments } from '../payments/process/settle-payments.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment, type TestFestival } from './origin.ts'

export type SoldTicket = { id: string; order: string; type: number; number: number; code: string }

/** A festival with one order of `quantity` tickets, as the worker creates it. */
export async function sellTestTickets(
  db: Database,
  quantity: number,
): Promise<{ festival: TestFestival; account: string; order: string; sold: SoldTicket[] }> {
  const festival = await makeTestFestival({ db }, { quantities: [Math.max(quantity, 1), 5] })
  const [account = ''] = await makeTestAccounts(db, 1)
  const payment = makeTestPayment(festival, account, quantity)
  await beginPayments(db, [payment], new Date())
  const outcome = { status: 'succeeded', chargeId: uuidv7() } as const
  await settlePayments(db, [{ payment, outcome }], new Date())
  const [order] = await db.select().from(orders).where(eq(orders.paymentId, payment.id))
  if (order === undefined) throw new Error('the payment became no order')
  const rows = await db
    .select()
    .from(tickets)
    .where(eq(tickets.orderId, order.id))
    .orderBy(tickets.unitNumber)
  const sold = rows.map(({ id, ticketTypeId: type, unitNumber: number, code }) => ({
    ...{ id, order: order.id, type, number, code },
  }))
  return { festival, account, order: order.id, sold }
}

/** The effect of cancelling on tickets. */
export async function voidTickets(db: Database, ids: readonly string[]): Promise<void> {
  await db
    .update(tickets)
    .set({ live: null })
    .where(inArray(tickets.id, [...ids]))
}

export const randomCode = () => randomBytes(16).toString('base64url')
