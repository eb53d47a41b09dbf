import type Stripe from 'stripe'
import { fromStripeAmount } from '../../../../shared/stripe.ts'
import type { PaymentAction } from '../../provider.ts'
import { reasonOf } from './failures.ts'

/** The metadata name under which an intent, its charge and its refunds carry the key of their payment. */
export const PAYMENT_METADATA = 'payment'

/**
 * The state of an intent created by Naru:
 * - `open`       nothing has been charged, and nothing is in process at Stripe as far as known
 * - `action`     the fan must do something before it is charged
 * - `under-way`  charged or not: unknown so far
 */
export type IntentState =
  | { status: 'succeeded'; chargeId: string; amountMinor: number; currency: string }
  | { status: 'declined'; reason: string }
  | { status: 'action'; action: PaymentAction }
  | { status: 'open' | 'under-way' }

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
export function stateOf(intent: Stripe.PaymentIntent): IntentState {
  switch (intent.status) {
    case 'succeeded':
      return { status: 'succeeded', chargeId: intent.id, ...chargedOf(intent) }
    case 'canceled':
      return {
        status: 'declined',
        reason: reasonOf(intent.last_payment_error ?? { code: intent.cancellation_reason ?? '' }),
      }
    case 'requires_payment_method':
      // A declined method is removed from its intent. No other is attached: the next attempt has its own intent.
      return intent.last_payment_error === null
        ? { status: 'open' }
        : { status: 'declined', reason: reasonOf(intent.last_payment_error) }
    case 'requires_confirmation':
      return { status: 'open' }
    case 'requires_action': {
      const action = actionOf(intent)
      return action === undefined ? { status: 'under-way' } : { status: 'action', action }
    }
    default:
      return { status: 'under-way' }
  }
}

function chargedOf(intent: Stripe.PaymentIntent): { amountMinor: number; currency: string } {
  const currency = intent.currency.toUpperCase()
  return { amountMinor: fromStripeAmount(intent.amount_received, currency), currency }
}

/**
 * A bank's page is visited without Stripe's script. Everything else, such as 3-D Secure or a QR code, is shown by
 * Stripe's script: https://docs.stripe.com/js/payment_intents/handle_next_action
 */
function actionOf({ next_action, client_secret }: Stripe.PaymentIntent): PaymentAction | undefined {
  const url = next_action?.type === 'redirect_to_url' ? next_action.redirect_to_url?.url : undefined
  if (url) return { kind: 'redirect', url }
  return client_secret === null ? undefined : { kind: 'script', parameters: { clientSecret: client_secret } }
}
