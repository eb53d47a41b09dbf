import { onTestFinished } from 'vitest'
import type { ChargeRequest } from '../../payments/provider.ts'
import { createStripeProvider, type StripeOptions } from '../../payments/providers/stripe.ts'
import { testCharge } from '../payments.ts'
import { type FakeStripe, startFakeStripe } from './fake-stripe.ts'
import type { FakeIntent } from './fixtures.ts'

/** A fake of Stripe, and the provider that uses it, until the test is over. */
export async function openStripe(options: Partial<StripeOptions> = {}) {
  const stripe = await startFakeStripe()
  const { provider, close } = createStripeProvider({
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    apiUrl: stripe.url,
    timeoutMs: 3000,
    retriesMax: 0,
    connectionsMax: 20,
    listedMax: 1000,
    ...options,
  })
  onTestFinished(async () => {
    await close()
    await stripe.close()
  })
  return { stripe, provider }
}

/** A charge of 1000 won, to be made with what the fan entered into the Payment Element. */
export function newRequest(
  stripe: FakeStripe,
  { card = 'pm_card_visa', ...change }: Partial<ChargeRequest> & { card?: string } = {},
): ChargeRequest {
  return testCharge({ method: stripe.newToken(card), ...change })
}

/** The intents of a payment that were charged. */
export function chargedUnder(stripe: FakeStripe, key: string): FakeIntent[] {
  return [...stripe.intents.values()].filter(({ payment, charged }) => charged && payment === key)
}
