import type { Checkout } from '../../../../shared/checkout.ts'
import { STRIPE_JS_URL } from '../../../../shared/stripe.ts'

/** Stripe's script starts parts of itself from names below its own. */
const SCRIPTS = [new URL(STRIPE_JS_URL).origin, 'https://*.js.stripe.com']
/** The wallet Link, which the Payment Element offers where the account has it. */
const LINK = ['https://link.com', 'https://*.link.com']

/**
 * What the page that pays by Stripe needs. The Payment Element offers all methods of the account by itself. Its
 * origins: https://docs.stripe.com/security/guide#content-security-policy
 */
export function stripeCheckout(publicKey: string): Checkout {
  return {
    provider: 'stripe',
    publicKey,
    methods: [{ id: 'payment-element', kind: 'script' }],
    scriptOrigins: SCRIPTS,
    frameOrigins: [...SCRIPTS, 'https://hooks.stripe.com', ...LINK],
    connectOrigins: ['https://api.stripe.com', ...LINK],
    formOrigins: [],
    imageOrigins: ['https://*.link.com'],
  }
}
