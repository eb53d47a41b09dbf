import { DELAYED_METHOD_TYPES } from '../../../../shared/stripe.ts'
import { form, language, pageData, part } from '../../layout/browser/lib/page.ts'
import type { StripeFormData } from '../payment-data.ts'
import { checkoutText } from '../text/checkout.ts'
import { showPayError } from './lib/pay-error.ts'
import { openStripe, type Stripe } from './lib/stripe.ts'

/**
 * Stripe's form: what is entered stays at Stripe, and our form sends a token of it, with which the payment is confirmed
 * on the server (docs.stripe.com/payments/finalize-payments-on-the-server).
 */

const { publicKey, amount, currency } = pageData<StripeFormData>('stripe-data')
const text = checkoutText[language]
const payForm = form('pay')
const button = payForm?.querySelector('button')
const method = payForm?.querySelector<HTMLInputElement>('input[name="method"]')

async function showForm(place: HTMLElement): Promise<void> {
  const stripe = await openStripe(publicKey)
  const colorPrimary = getComputedStyle(button ?? place).backgroundColor
  const elements = stripe.elements({
    ...{ mode: 'payment', amount, currency: currency.toLowerCase() },
    excludedPaymentMethodTypes: DELAYED_METHOD_TYPES,
    appearance: {
      theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe',
      variables: { colorPrimary },
    },
  })
  const element = elements.create('payment')
  element.on('loaderror', () => showPayError(text.loadFailed))
  element.mount(place)
  payForm?.addEventListener('submit', (event) => {
    event.preventDefault()
    void pay(stripe, elements)
  })
}

async function pay(stripe: Stripe, elements: ReturnType<Stripe['elements']>): Promise<void> {
  if (payForm === undefined || method === null || method === undefined) return
  setBusy(true)
  showPayError(undefined)
  try {
    const checked = await elements.submit()
    if (checked.error !== undefined) return fail(checked.error.message)
    const { error, confirmationToken } = await stripe.createConfirmationToken({ elements })
    if (error !== undefined) return fail(error.message)
    method.value = confirmationToken.id
    // Leaves out this module's own handler.
    payForm.submit()
  } catch {
    fail(text.loadFailed)
  }
}

function fail(words = text.notFinished): void {
  showPayError(words)
  setBusy(false)
}

function setBusy(busy: boolean): void {
  if (button !== null && button !== undefined) button.disabled = busy
}

const place = part('provider-form')
if (place !== undefined) showForm(place).catch(() => showPayError(text.loadFailed))
