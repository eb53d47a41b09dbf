import { and, eq, inArray } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { payments, reversals } from '../../drizzle/schema/purchases.ts'
import type { Payment } from './payment.ts'
import type { PaymentProvider, RefundOutcome } from './provider.ts'

type Refundable = Pick<Payment, 'id' | 'amountMinor' | 'currency'>

/** Requests the refund of all that remains of a payment's charge. Repeated requests, from any process, refund it once. */
export function requestRefund(provider: PaymentProvider, payment: Refundable): Promise<RefundOutcome> {
  const { id, amountMinor, currency } = payment
  return provider.refund({ key: `refund-${id}`, chargeKey: id, amountMinor, currency })
}

/** Refunds the whole charge of a payment, and records that. Safe to repeat. */
export async function refundPayment(
  deps: { db: Database; provider: PaymentProvider },
  payment: Refundable,
): Promise<RefundOutcome> {
  const refund = await requestRefund(deps.provider, payment)
  if (refund.status !== 'refunded') return refund
  await deps.db
    .update(payments)
    .set({ state: 'refunded' })
    .where(and(eq(payments.id, payment.id), eq(payments.state, 'refunding')))
  return refund
}

/** How much of a payment was refunded outside Naru, in minor units, and whether a dispute of it is open. */
export async function readReversed(
  db: Database | Transaction,
  paymentId: string,
): Promise<{ doneMinor: number; isDisputed: boolean }> {
  const rows = await db
    .select({ state: reversals.state, amountMinor: reversals.amountMinor })
    .from(reversals)
    .where(and(eq(reversals.paymentId, paymentId), inArray(reversals.state, ['done', 'open'])))
  return {
    doneMinor: rows.reduce((sum, { state, amountMinor }) => sum + (state === 'done' ? amountMinor : 0), 0),
    isDisputed: rows.some(({ state }) => state === 'open'),
  }
}
