import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { orderNumberOf } from '../../../drizzle/order-number.ts'
import { units } from '../../../drizzle/schema/catalogue.ts'
import { orders, payments, tickets } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../testing/origin.ts'
import type { Payment } from '../payment.ts'
import { beginPayments, expirePayment } from './record-payments.ts'
import { type ChargedPayment, type SettledPayment, settlePayments } from './settle-payments.ts'

const { db } = useDatabase()
const AT = new Date('2026-11-01T12:00:00.123Z')

const paid = (payment: Payment): ChargedPayment => ({
  payment,
  outcome: { status: 'succeeded', chargeId: `charge-${payment.id}`.slice(0, 40) },
})

async function recorded(count: number, quantities: number[], quantity = 1) {
  const festival = await makeTestFestival({ db: db() }, { quantities })
  const accounts = await makeTestAccounts(db(), count)
  const batch = accounts.map((account) => makeTestPayment(festival, account, quantity))
  await beginPayments(db(), batch, AT)
  return { festival, batch }
}

const owned = (type: number) =>
  db()
    .select()
    .from(units)
    .where(and(eq(units.ticketTypeId, type), isNotNull(units.orderId)))

describe('recording payments', () => {
  it('distinguishes new payments from those recorded before, and leaves those unchanged', async () => {
    const { batch } = await recorded(2, [10])
    await settlePayments(db(), [paid(batch[0] as Payment)], AT)
    const again = await beginPayments(db(), batch, AT)
    expect(again.get(batch[0]?.id ?? '')).toMatchObject({ state: 'confirmed', again: true })
    expect(again.get(batch[0]?.id ?? '')?.orderId).toBeDefined()
    expect(again.get(batch[1]?.id ?? '')).toEqual({ state: 'charging', again: true })
  })
})

describe('settling payments', () => {
  it('turns each payment into an order that owns exactly what was paid for', async () => {
    const { batch, festival } = await recorded(5, [20], 3)
    const settled = await settlePayments(db(), batch.map(paid), AT)
    for (const payment of batch) {
      const { state, orderId = '' } = settled.get(payment.id) ?? {}
      expect(state).toBe('confirmed')
      const ofOrder = await db().select().from(units).where(eq(units.orderId, orderId))
      const admitted = await db().select().from(tickets).where(eq(tickets.orderId, orderId))
      expect(ofOrder.map(({ number }) => number)).toHaveLength(3)
      expect(admitted.map(({ unitNumber }) => unitNumber)).toEqual(ofOrder.map(({ number }) => number))
    }
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(15)
  })

  it('M18: gives an order another ID when its number is taken, and sells nothing twice', async () => {
    const { batch, festival } = await recorded(2, [10])
    const [one, other] = batch as [Payment, Payment]
    const given = [uuidv7(), uuidv7()]
    const [first = '', second = ''] = given
    await settlePayments(db(), [paid(one)], AT, undefined, () => first)
    await db()
      .update(orders)
      .set({ number: orderNumberOf(second) })
      .where(eq(orders.id, first))
    const ids = [second, uuidv7()]
    const third = ids[1]
    const settled = await settlePayments(db(), [paid(other)], AT, undefined, () => ids.shift() ?? '')
    expect(settled.get(other.id)).toMatchObject({ state: 'confirmed', orderId: third })
    const [order] = await db().select().from(orders).where(eq(orders.paymentId, other.id))
    expect(order).toMatchObject({ id: third, number: orderNumberOf(third ?? '') })
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(2)
  })

  it('changes nothing when a batch is settled again, and returns the same result', async () => {
    const { batch, festival } = await recorded(4, [10])
    const first = await settlePayments(db(), batch.map(paid), AT)
    const second = await settlePayments(db(), batch.map(paid), AT)
    expect(batch.map(({ id }) => second.get(id)?.orderId)).toEqual(
      batch.map(({ id }) => first.get(id)?.orderId),
    )
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(4)
  })

  it('creates one order for a payment that is in a batch twice, as after it was requeued', async () => {
    const { batch, festival } = await recorded(3, [10])
    const settled = await settlePayments(db(), [...batch, ...batch].map(paid), AT)
    expect([...settled.values()].map(({ state }) => state)).toEqual(batch.map(() => 'confirmed'))
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(3)
  })

  it('refunds money that it finds for payments that had ended without a charge, and takes no units for them', async () => {
    const { batch, festival } = await recorded(2, [10])
    const [declined, expired] = batch as [Payment, Payment]
    const outcome = { status: 'declined', reason: 'x'.repeat(300) } as const
    await settlePayments(db(), [{ payment: declined, outcome }], AT)
    await expirePayment(db(), expired.id, AT)
    const settled = await settlePayments(db(), batch.map(paid), AT)
    expect(batch.map(({ id }) => settled.get(id)?.state)).toEqual(['refunding', 'refunding'])
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(0)
    const rows = await db().select().from(payments).where(eq(payments.festivalId, festival.id))
    expect(rows.every(({ state, chargeId }) => state === 'refunding' && chargeId !== null)).toBe(true)
  })

  it('refunds a charge whose amount or currency differs from its payment by the record of the provider', async () => {
    const { festival, batch } = await recorded(3, [10])
    const records = [{ amountMinor: 999 }, { currency: 'USD' }, { amountMinor: 1000, currency: 'KRW' }]
    const settled = await settlePayments(
      db(),
      batch.map((payment, i) => ({
        payment: { ...payment, amountMinor: 1000, currency: 'KRW' },
        outcome: { status: 'succeeded', chargeId: `charge-${i}`, ...records[i] },
      })),
      AT,
    )
    const wrong = { state: 'refunding', reason: REFUND_REASONS.wrongAmount }
    expect(batch.map(({ id }) => settled.get(id))).toMatchObject([wrong, wrong, { state: 'confirmed' }])
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(1)
  })

  it('gives each of hundreds of payments one order, when several origins settle overlapping batches concurrently', async () => {
    const { batch, festival } = await recorded(300, [300])
    const batches = Array.from({ length: 30 }, (_, i) => batch.slice(i * 10, i * 10 + 20).map(paid))
    const results = await Promise.all(batches.map((each) => settlePayments(db(), each, AT)))
    const settled = results.flatMap((result) => [...result.values()])
    expect(settled.every(({ state }) => state === 'confirmed')).toBe(true)
    const orderOf = new Map(settled.map(({ payment, orderId }) => [payment.id, orderId]))
    expect(settled.every(({ payment, orderId }) => orderOf.get(payment.id) === orderId)).toBe(true)
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(300)
    const made = await db().select().from(orders).where(eq(orders.festivalId, festival.id))
    expect(made).toHaveLength(300)
  })

  it('oversells nothing when more has been charged than there is, and returns which payments to refund', async () => {
    const { batch, festival } = await recorded(120, [50])
    const batches = Array.from({ length: 12 }, (_, i) => batch.slice(i * 10, i * 10 + 10).map(paid))
    const results = await Promise.all(batches.map((each) => settlePayments(db(), each, AT)))
    const settled = results.flatMap((result) => [...result.values()])
    expect(settled.filter(({ state }) => state === 'confirmed')).toHaveLength(50)
    expect(settled.filter(({ state }) => state === 'refunding')).toHaveLength(70)
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(50)
  })

  it('waits for units that another transaction may release before it refunds a payment', async () => {
    const { batch, festival } = await recorded(1, [1])
    let settling: Promise<Map<string, SettledPayment>> | undefined
    const givenBack = db().transaction(async (tx) => {
      await tx
        .select()
        .from(units)
        .where(eq(units.ticketTypeId, festival.types[0] ?? 0))
        .for('update')
      let done = false
      settling = settlePayments(db(), batch.map(paid), AT).finally(() => {
        done = true
      })
      // InnoDB refreshes this table once it has not been read for 100 ms.
      await expect.poll(async () => done || (await waitsForLock()), { interval: 150 }).toBe(true)
      tx.rollback()
    })
    await expect(givenBack).rejects.toThrow(/rollback/i)
    expect((await settling)?.get(batch[0]?.id ?? '')?.state).toBe('confirmed')
  })

  async function waitsForLock(): Promise<boolean> {
    const [rows] = await db().execute(
      sql`select trx_id from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`,
    )
    return Array.isArray(rows) && rows.length > 0
  }

  it('takes a whole basket or nothing', async () => {
    const festival = await makeTestFestival({ db: db() }, { quantities: [5, 1] })
    const accounts = await makeTestAccounts(db(), 2)
    const [first = 0, second = 0] = festival.types
    const batch = accounts.map((account) => ({
      ...makeTestPayment(festival, account),
      basket: [
        { type: first, quantity: 2 },
        { type: second, quantity: 1 },
      ],
    }))
    await beginPayments(db(), batch, AT)
    const settled = await settlePayments(db(), batch.map(paid), AT)
    expect(batch.map(({ id }) => settled.get(id)?.state)).toEqual(['confirmed', 'refunding'])
    expect(await owned(first)).toHaveLength(2)
    expect(await owned(second)).toHaveLength(1)
  })

  it('records why a payment was declined', async () => {
    const { batch } = await recorded(1, [1])
    const outcome = { status: 'declined', reason: 'card declined' } as const
    await settlePayments(
      db(),
      batch.map((payment) => ({ payment, outcome })),
      AT,
    )
    const [row] = await db()
      .select()
      .from(payments)
      .where(eq(payments.id, batch[0]?.id ?? ''))
    expect(row).toMatchObject({ state: 'declined', reason: 'card declined', settledAt: AT, chargeId: null })
  })

  it('returns nothing for a payment that was never recorded, and sells it nothing', async () => {
    const festival = await makeTestFestival({ db: db() })
    const [account = ''] = await makeTestAccounts(db(), 1)
    const settled = await settlePayments(db(), [paid(makeTestPayment(festival, account))], AT)
    expect(settled.size).toBe(0)
    expect(await owned(festival.types[0] ?? 0)).toHaveLength(0)
  })
})
