import { STRIPE_JS_URL } from '../../../../../shared/stripe.ts'
import { language } from '../../../layout/browser/lib/page.ts'
import { loadModule } from './load-module.ts'

/** The part of Stripe.js that our pages use (docs.stripe.com/js). It may be loaded from Stripe only. */
export type Stripe = {
  elements(options: {
    mode: 'payment'
    amount: number
    currency: string
    excludedPaymentMethodTypes: readonly string[]
    appearance: { theme: 'stripe' | 'night'; variables: { colorPrimary: string } }
  }): StripeElements
  createConfirmationToken(options: {
    elements: StripeElements
  }): Promise<
    | { error: StripeError; confirmationToken?: undefined }
    | { confirmationToken: { id: string }; error?: undefined }
  >
  /** Asks the fan to authenticate, on this page or on one that leads back to the payment's return page. */
  handleNextAction(options: { clientSecret: string }): Promise<{ error?: StripeError }>
}

type StripeElements = {
  create(type: 'payment'): {
    mount(element: HTMLElement): void
    on(event: 'loaderror', act: () => void): void
  }
  /** Checks what was entered, and shows what is missing. */
  submit(): Promise<{ error?: StripeError }>
}

/** `message` is in the page's language, for the fan. */
type StripeError = { message?: string }

type OpenStripe = (publicKey: string, options: { locale: string }) => Stripe

export async function openStripe(publicKey: string): Promise<Stripe> {
  await loadModule(STRIPE_JS_URL)
  const { Stripe } = window as { Stripe?: OpenStripe }
  if (Stripe === undefined) throw new Error('Stripe.js did not start')
  return Stripe(publicKey, { locale: language })
}
