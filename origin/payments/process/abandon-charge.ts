import { eq } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { chargeRequestOf, type Payment } from '../payment.ts'
import type { AbandonOutcome, PaymentProvider } from '../provider.ts'

/**
 * Cancels at the provider what was begun of a payment that has expired, so that no look-up leaves an open attempt. Does
 * nothing to any other payment: a worker may still charge it. Safe to repeat; when the provider does not respond,
 * reconciling finds it. `succeeded`: it was charged, and must be settled, which refunds it.
 */
export async function abandonCharge(
  { db, provider }: { db: Database; provider: PaymentProvider },
  payment: Payment,
): Promise<AbandonOutcome | { status: 'not-expired' }> {
  if (provider.abandon === undefined) return { status: 'abandoned' }
  const [row] = await db.select({ state: payments.state }).from(payments).where(eq(payments.id, payment.id))
  if (row?.state !== 'expired') return { status: 'not-expired' }
  return await provider.abandon(chargeRequestOf(payment))
}
