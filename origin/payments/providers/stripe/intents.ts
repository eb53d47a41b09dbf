import type Stripe from 'stripe'
import { reasonOf } from './failures.ts'

/** The name under which an intent, its charge and its refunds carry the key of the payment they belong to. */
export const PAYMENT_METADATA = 'payment'

/**
 * How an intent of ours stands:
 * - `open`        nothing has been charged, and nothing is under way that Stripe knows of
 * - `needs-owner` the bank wants to hear from the card's owner, whom we cannot send there
 * - `under-way`   charged or not, nobody knows yet
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
      // A card that was declined is taken off its intent. Nobody puts another on it: the next attempt has its own.
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
