import type { Payment } from '../../../shared/api/payments.ts'

/** The data of the browser module of a payment's page. */
export type PaymentData = {
  url: string
  /** The state that the page shows; undefined where it is unknown. */
  state?: Payment['state'] | undefined
  /** What the page asks the fan to do. */
  action?: NonNullable<Payment['action']>['kind'] | undefined
}

/** The data of the modules with which a fan completes a payment on our own page. */
export type ActionData = {
  room: string
  payment: string
  publicKey?: string | undefined
  /** The provider's. */
  parameters: Readonly<Record<string, string>>
  /** Where the provider's own pages send the fan back to. */
  returnUrl: string
  orderName: string
  /** Whether the fan has just chosen to pay: the provider's window opens without another click. */
  starts: boolean
}

/** The data of the module that shows Stripe's form. */
export type StripeFormData = {
  publicKey: string
  /** As Stripe counts it. */
  amount: number
  currency: string
}
