import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import {
  makeTestAccounts,
  makeTestFestival,
  makeTestPayment,
  type TestFestival,
} from '../../testing/origin.ts'
import type { Payment } from '../payment.ts'
import { beginPayments } from './record-payments.ts'
import { settlePayments } from './settle-payments.ts'

const { db } = useDatabase()
const AT = new Date('2026-11-01T12:00:00.123Z')
const { overLimit, holdPaid } = REFUND_REASONS

/** A festival with enough units, of whose types one account may have four units each. */
async function sale(accountLimit = 4) {
  const festival = await makeTestFestival({ db: db() }, { quantities: [1000, 1000], accountLimit })
  const [account = ''] = await makeTestAccounts(db(), 1)
  const [type = 0] = festival.types
  return { festival, account, type, pay: paymentsOf(festival, account) }
}

function paymentsOf(festival: TestFestival, account: string) {
  return (quantity: number, more: Partial<Payment> = {}): Payment => ({
    ...makeTestPayment(festival, account, quantity),
    ...more,
  })
}

/** Charges and settles a batch; returns the result of each of its payments, in its order. */
async function settle(batch: readonly Payment[]): Promise<string[]> {
  await beginPayments(db(), batch, AT)
  const charged = batch.map((payment) => ({
    payment,
    outcome: { status: 'succeeded', chargeId: payment.id } as const,
  }))
  const settled = await settlePayments(db(), charged, AT)
  return batch.map(({ id }) => settled.get(id)?.reason ?? settled.get(id)?.state ?? 'missing')
}

async function cancel(payment: Payment, state: 'cancelling' | 'cancelled'): Promise<void> {
  await db().update(orders).set({ state }).where(eq(orders.paymentId, payment.id))
}

async function limitTo(type: number, accountLimit: number): Promise<void> {
  await db().update(ticketTypes).set({ accountLimit }).where(eq(ticketTypes.id, type))
}

describe('H9: deciding in MySQL which payments become orders', () => {
  it('rejects what exceeds the limit of an account and type, and nothing else', async () => {
    const { festival, pay, type } = await sale()
    expect(await settle([pay(4)])).toEqual(['confirmed'])
    const other = (await makeTestAccounts(db(), 1)).map((account) => paymentsOf(festival, account)(4))
    const [, second = 0] = festival.types
    const ofOtherType = pay(1, { basket: [{ type: second, quantity: 4 }] })
    const ofBoth = pay(2, { basket: [...ofOtherType.basket, { type, quantity: 1 }] })
    const refused = pay(1)
    expect(await settle([refused, ofBoth, ...other, ofOtherType])).toEqual([
      ...[overLimit, overLimit],
      ...['confirmed', 'confirmed'],
    ])
    const [row] = await db().select().from(payments).where(eq(payments.id, refused.id))
    expect(row).toMatchObject({ state: 'refunding', reason: overLimit, chargeId: refused.id })
  })

  it('rejects the later payments of one batch that exceed the limit together', async () => {
    const { pay } = await sale()
    expect(await settle([pay(3), pay(2), pay(1), pay(1)])).toEqual([
      ...['confirmed', overLimit, 'confirmed', overLimit],
    ])
  })

  it('keeps an account within its limit when several origins settle for it concurrently', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { pay } = await sale()
      const results = await Promise.all(Array.from({ length: 6 }, () => settle([pay(2)])))
      expect(results.flat().toSorted()).toEqual([
        ...Array.from({ length: 4 }, () => overLimit),
        ...['confirmed', 'confirmed'],
      ])
    }
  })

  it('never deadlocks when batches have accounts in common, in any order', async () => {
    const festival = await makeTestFestival({ db: db() }, { quantities: [1000], accountLimit: 4 })
    const accounts = await makeTestAccounts(db(), 40)
    const batches = Array.from({ length: 6 }, (_, i) =>
      (i % 2 === 0 ? accounts : accounts.toReversed()).map((account) => paymentsOf(festival, account)(1)),
    )
    const results = (await Promise.all(batches.map(settle))).flat()
    expect(results.filter((result) => result === 'confirmed')).toHaveLength(160)
    expect(results.filter((result) => result === overLimit)).toHaveLength(80)
  })

  it('accepts what was held under a limit that was lowered before it was settled', async () => {
    const { pay, type } = await sale(4)
    const held = pay(4, { basket: [{ type, quantity: 4, limit: 4 }] })
    const later = pay(1, { basket: [{ type, quantity: 1, limit: 2 }] })
    await limitTo(type, 2)
    expect(await settle([held])).toEqual(['confirmed'])
    expect(await settle([later])).toEqual([overLimit])
  })

  it('applies a limit that was raised meanwhile, whichever payment is settled first', async () => {
    const { pay, type } = await sale(4)
    const before = pay(4, { basket: [{ type, quantity: 4, limit: 4 }] })
    await limitTo(type, 8)
    const after = pay(4, { basket: [{ type, quantity: 4, limit: 8 }] })
    expect(await settle([after])).toEqual(['confirmed'])
    expect(await settle([before])).toEqual(['confirmed'])
  })

  it('counts no orders that are cancelled or being refunded, and no refunded payments', async () => {
    const { pay } = await sale()
    const [first, second] = [pay(2), pay(2)]
    expect(await settle([first, second, pay(1)])).toEqual(['confirmed', 'confirmed', overLimit])
    await cancel(first, 'cancelled')
    expect(await settle([pay(2), pay(1)])).toEqual(['confirmed', overLimit])
    await cancel(second, 'cancelling')
    expect(await settle([pay(2)])).toEqual(['confirmed'])
  })

  it('creates at most one order for one hold, when several origins settle payments of it concurrently', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { pay } = await sale(100)
      const { hold } = pay(1)
      const results = await Promise.all(Array.from({ length: 6 }, () => settle([pay(1, { hold })])))
      expect(results.flat().toSorted()).toEqual(['confirmed', ...Array.from({ length: 5 }, () => holdPaid)])
    }
  })

  it('creates no second order for a hold after its first was cancelled, and one after a declined payment', async () => {
    const { pay } = await sale()
    const [declined, first, again] = [pay(1), pay(1), pay(1)]
    const ofHold = (payment: Payment) => ({ ...payment, hold: declined.hold })
    await beginPayments(db(), [declined], AT)
    await settlePayments(db(), [{ payment: declined, outcome: { status: 'declined', reason: 'no' } }], AT)
    expect(await settle([ofHold(first)])).toEqual(['confirmed'])
    await cancel(first, 'cancelled')
    expect(await settle([ofHold(again)])).toEqual([holdPaid])
  })
})
