/** Currencies without a minor unit in ISO 4217 whose amounts Stripe wants in hundredths. */
const IN_HUNDREDTHS = new Set(['ISK', 'UGX'])
/** Has hundredths in ISO 4217 and none at Stripe. */
const WITHOUT_HUNDREDTHS = new Set(['MGA'])
/** Have thousandths, of which Stripe accepts only multiples of ten. */
const IN_THOUSANDTHS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/**
 * An amount in the currency's minor unit (ISO 4217) as Stripe's API has it, or undefined where Stripe cannot charge it
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
