/** The data of the browser module of a payment's page. */
export type PaymentData = { url: string }

/** The data of the module that shows Stripe's form. */
export type StripeFormData = {
  publicKey: string
  /** As Stripe counts it. */
  amount: number
  currency: string
}
