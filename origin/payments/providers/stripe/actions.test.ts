import { describe, expect, it } from 'vitest'
import type { FakeStripe } from '../../../testing/fake-stripe/fake-stripe.ts'
import { chargedUnder, newRequest, openStripe } from '../../../testing/fake-stripe/stripe-provider.ts'
import type { ChargeRequest, PaymentProvider } from '../../provider.ts'

const THREE_D_SECURE = 'pm_card_threeDSecure2Required'
const KAKAO_PAY = 'pm_kakao_pay'
const CONFIRM = /^POST \/v1\/payment_intents\/\w+\/confirm$/
const READ = /^GET \/v1\/payment_intents\/\w+$/
const CANCEL = /^POST \/v1\/payment_intents\/\w+\/cancel$/

/** A charge that waits for the fan. */
async function openAction(card = THREE_D_SECURE) {
  const { stripe, provider } = await openStripe()
  const request = newRequest(stripe, { card })
  return { stripe, provider, request, asked: await provider.charge(request) }
}

const intentOf = (stripe: FakeStripe, { key }: ChargeRequest) => {
  const intent = [...stripe.intents.values()].find(({ payment }) => payment === key)
  if (intent === undefined) throw new Error(`no intent of ${key}`)
  return intent
}

const find = (provider: PaymentProvider, request: ChargeRequest) => provider.findCharge(request.key, request)

describe('an action at Stripe', () => {
  it('hands 3-D Secure to the script of the page, with the secret of the intent alone', async () => {
    const { stripe, request, asked } = await openAction()
    const { id } = intentOf(stripe, request)
    expect(asked).toEqual({
      status: 'action',
      chargeId: id,
      action: { kind: 'script', parameters: { clientSecret: `${id}_secret_test` } },
      until: request.until,
    })
    expect(chargedUnder(stripe, request.key)).toEqual([])
  })

  it('sends the fan to the page of a wallet, which sends them back to our page', async () => {
    const { stripe, request, asked } = await openAction(KAKAO_PAY)
    const url = `https://pm-redirects.stripe.com/authorize/${intentOf(stripe, request).id}`
    expect(asked).toMatchObject({ status: 'action', action: { kind: 'redirect', url } })
    expect(intentOf(stripe, request).action?.redirect_to_url?.return_url).toBe(request.returnUrl)
  })

  it.each([
    ['declined', 'decline', 'payment_intent_authentication_failure'],
    ['left to expire', 'expire', 'payment_intent_payment_attempt_expired'],
  ] as const)(
    'is cancelled when it was %s, so that its secret is of no use any more',
    async (_, decision, reason) => {
      const { stripe, provider, request } = await openAction()
      stripe.decideAtBank(request.key, decision)
      expect(await find(provider, request)).toEqual({ status: 'declined', reason })
      expect(intentOf(stripe, request).status).toBe('canceled')
      expect(stripe.payInBrowser(intentOf(stripe, request), 'pm_card_visa')).toBe(false)
      expect(chargedUnder(stripe, request.key)).toEqual([])
    },
  )

  it('finds the money of a fan who paid the same intent with another card before it was cancelled', async () => {
    const { stripe, provider, request } = await openAction()
    stripe.decideAtBank(request.key, 'decline')
    expect(stripe.payInBrowser(intentOf(stripe, request), 'pm_card_visa')).toBe(true)
    expect(await find(provider, request)).toMatchObject({ status: 'succeeded' })
  })

  it('does not say that it was declined while the intent could not be cancelled', async () => {
    const { stripe, provider, request } = await openAction()
    stripe.decideAtBank(request.key, 'decline')
    stripe.faults.push({ path: CANCEL, how: 503 })
    expect(await find(provider, request)).toMatchObject({ status: 'unknown' })
    expect(await find(provider, request)).toMatchObject({ status: 'declined' })
  })

  it('is unknown while the bank has not decided, and while Stripe is down', async () => {
    const { stripe, provider, request, asked } = await openAction()
    stripe.faults.push({ path: READ, how: 503 })
    expect(await find(provider, request)).toMatchObject({ status: 'unknown' })
    expect(await find(provider, request)).toEqual(asked)
    stripe.decideAtBank(request.key, 'approve-later')
    expect(await find(provider, request)).toMatchObject({ status: 'unknown' })
    expect(await provider.abandon(request)).toMatchObject({ status: 'unknown' })
  })

  it('is found although the response that asked for it was lost', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { card: KAKAO_PAY })
    // The library itself retries an interrupted request once.
    stripe.faults.push({ path: CONFIRM, how: 'lose' }, { path: CONFIRM, how: 'lose' })
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
    const asked = await find(provider, request)
    expect(asked).toMatchObject({ status: 'action', action: { kind: 'redirect' } })
    expect(await provider.charge(request)).toEqual(asked)
  })

  it('is found a day later, when Stripe has deleted the key', async () => {
    const { stripe, provider, request, asked } = await openAction()
    stripe.forgetKeys()
    expect(await find(provider, request)).toEqual(asked)
  })

  it('is unknown to a look-up without the payment, which cannot say when it ends', async () => {
    const { provider, request } = await openAction()
    expect(await provider.findCharge(request.key)).toMatchObject({ status: 'unknown' })
  })

  it('cannot be paid with its secret after it was abandoned', async () => {
    const { stripe, provider, request } = await openAction()
    expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
    expect(stripe.payInBrowser(intentOf(stripe, request), 'pm_card_visa')).toBe(false)
    expect(await find(provider, request)).toEqual({ status: 'declined', reason: 'abandoned' })
  })

  it('is listed as an open charge', async () => {
    const { provider, request } = await openAction()
    const listed = []
    for await (const charge of provider.listCharges?.({ since: new Date(0) }) ?? []) listed.push(charge)
    expect(listed).toMatchObject([{ key: request.key, status: 'open', refundedMinor: 0 }])
  })
})

describe('what the page that pays by Stripe needs', () => {
  it('is the publishable key and the origins of Stripe, and nothing secret', async () => {
    const { provider } = await openStripe({ secretKey: 'sk_test_1', publishableKey: 'pk_test_1' })
    expect(provider.checkout).toMatchObject({ provider: 'stripe', publicKey: 'pk_test_1' })
    expect(provider.checkout.scriptOrigins).toEqual(['https://js.stripe.com', 'https://*.js.stripe.com'])
    expect(JSON.stringify(provider.checkout)).not.toContain('sk_')
  })
})
