import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import type { Payment } from './payment.ts'
import type { PaymentProvider } from './provider.ts'

/** Gives the whole charge of a payment back, and writes that down. False when the provider's answer is not known. */
export async function refundPayment(
  deps: { db: Database; provider: PaymentProvider },
  payment: Payment,
): Promise<boolean> {
  const refund = await deps.provider.refund({
    key: `refund-${payment.id}`,
    chargeKey: payment.id,
    amountMinor: payment.amountMinor,
  })
  if (refund.status !== 'refunded') return false
  await deps.db.update(payments).set({ state: 'refunded' }).where(eq(payments.id, payment.id))
  return true
}
