import { isAlreadyRefunded } from './failures.ts'
import { findSucceeded } from './find-charge.ts'
import { PAYMENT_METADATA } from './intents.ts'
import type { Operation } from './operation.ts'

/** Refunds all that remains of a charge, once for each key. */
export async function refund(
  operation: Operation,
  { key, chargeKey, chargeId }: { key: string; chargeKey: string; chargeId?: string },
): Promise<{ status: 'refunded' } | { status: 'unknown'; cause: unknown }> {
  const { stripe, call } = operation
  const intent = chargeId ?? (await findSucceeded(operation, chargeKey))
  try {
    // Without an amount Stripe refunds all that remains.
    const made = await call(() =>
      stripe.refunds.create(
        { payment_intent: intent, metadata: { [PAYMENT_METADATA]: chargeKey } },
        { idempotencyKey: key },
      ),
    )
    // A response cached for the key has the refund's state at that time.
    const { status } = made.status === 'pending' ? await call(() => stripe.refunds.retrieve(made.id)) : made
    if (status === 'succeeded') return { status: 'refunded' }
    return { status: 'unknown', cause: new Error(`Stripe has the refund ${made.id} as ${status}`) }
  } catch (error) {
    if (isAlreadyRefunded(error)) return { status: 'refunded' }
    throw error
  }
}
