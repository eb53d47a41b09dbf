import { eq } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { chargeRequestOf, type Payment } from '../payment.ts'
import type { AbandonOutcome, PaymentProvider } from '../provider.ts'

/**
 * Takes back at the provider what was begun of a payment that has expired, so that no look-up leaves an open attempt.
 * Does nothing to any other payment: a worker may still charge it. Safe to repeat; one that the provider does not answer
 * is found by reconciling. `succeeded`: money turned up, and is to be settled, which gives it back.
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
