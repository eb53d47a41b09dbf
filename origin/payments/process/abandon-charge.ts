import { eq } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { chargeAttemptOf, type Payment } from '../payment.ts'
import type { AbandonOutcome, PaymentProvider } from '../provider.ts'

/**
 * Cancels at the provider what was begun of a payment that has ended, so that no look-up leaves an open attempt. Does
 * nothing to any other payment: a worker may still charge it. Safe to repeat; when the provider does not respond,
 * reconciling finds it. `succeeded`: it was charged, and must be settled, which refunds it.
 */
export async function abandonCharge(
  { db, provider, now }: { db: Database; provider: PaymentProvider; now: Clock },
  payment: Payment,
): Promise<AbandonOutcome | { status: 'not-ended' }> {
  const [row] = await db.select({ state: payments.state }).from(payments).where(eq(payments.id, payment.id))
  if (row?.state !== 'expired' && row?.state !== 'declined') return { status: 'not-ended' }
  return await provider.abandon(chargeAttemptOf(payment, now))
}
