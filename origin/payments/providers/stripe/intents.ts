import type Stripe from 'stripe'
import { reasonOf } from './failures.ts'

/** The metadata name under which an intent, its charge and its refunds carry the key of their payment. */
export const PAYMENT_METADATA = 'payment'

/**
 * The state of an intent created by Naru:
 * - `open`        nothing has been charged, and nothing is in process at Stripe as far as known
 * - `needs-owner` the bank requires the card's owner to confirm, which Naru does not support
 * - `under-way`   charged or not: unknown so far
 */
export type IntentState =
  | { status: 'succeeded'; chargeId: string }
  | { status: 'declined'; reason: string }
  | { status: 'open' | 'needs-owner' | 'under-way' }

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
export function stateOf(intent: Stripe.PaymentIntent): IntentState {
  switch (intent.status) {
    case 'succeeded':
      return { status: 'succeeded', chargeId: intent.id }
    case 'canceled':
      return { status: 'declined', reason: reasonOf(intent.last_payment_error) }
    case 'requires_payment_method':
      // A declined card is removed from its intent. No other is attached to it: the next attempt has its own intent.
      return intent.last_payment_error === null
        ? { status: 'open' }
        : { status: 'declined', reason: reasonOf(intent.last_payment_error) }
    case 'requires_confirmation':
      return { status: 'open' }
    case 'requires_action':
      return { status: 'needs-owner' }
    default:
      return { status: 'under-way' }
  }
}
