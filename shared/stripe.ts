/** What the origin and the page that pays must agree about for Stripe. */

/**
 * Stripe.js in the release that belongs to the API version of the origin. Stripe demands that pages load it from there:
 * https://docs.stripe.com/sdks/stripejs-versioning
 */
export const STRIPE_JS_URL = 'https://js.stripe.com/endive/stripe.js'

/**
 * Types of payment methods whose outcome is known days later: bank debits, transfers and vouchers. A hold cannot wait
 * for them, whatever the account has enabled: https://docs.stripe.com/payments/payment-methods#payment-notification
 */
export const DELAYED_METHOD_TYPES = [
  ...[
    'acss_debit',
    'au_becs_debit',
    'bacs_debit',
    'nz_bank_account',
    'payto',
    'sepa_debit',
    'us_bank_account',
  ],
  ...['customer_balance', 'sofort'],
  ...['boleto', 'konbini', 'multibanco', 'oxxo'],
]

/** Currencies without a minor unit in ISO 4217 whose amounts Stripe wants in hundredths. */
const IN_HUNDREDTHS = new Set(['ISK', 'UGX'])
/** Has hundredths in ISO 4217 and none at Stripe. */
const WITHOUT_HUNDREDTHS = new Set(['MGA'])
/** Have thousandths, of which Stripe accepts only multiples of ten. */
const IN_THOUSANDTHS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/**
 * An amount in the currency's minor unit (ISO 4217) as Stripe has it, or undefined where Stripe cannot charge it
 * exactly. The two differ in a few currencies: https://docs.stripe.com/currencies#special-cases
 */
export function toStripeAmount(amountMinor: number, currency: string): number | undefined {
  if (IN_HUNDREDTHS.has(currency)) return amountMinor * 100
  if (WITHOUT_HUNDREDTHS.has(currency)) return amountMinor % 100 === 0 ? amountMinor / 100 : undefined
  if (IN_THOUSANDTHS.has(currency)) return amountMinor % 10 === 0 ? amountMinor : undefined
  return amountMinor
}

/** The inverse. */
export function fromStripeAmount(amount: number, currency: string): number {
  if (IN_HUNDREDTHS.has(currency)) return amount / 100
  if (WITHOUT_HUNDREDTHS.has(currency)) return amount * 100
  return amount
}
