import { describe, expect, it } from 'vitest'
import { DELAYED_METHOD_TYPES } from '../../../shared/stripe.ts'
import type { FakeStripe } from '../../testing/fake-stripe/fake-stripe.ts'
import { chargedUnder, newRequest, openStripe } from '../../testing/fake-stripe/stripe-provider.ts'
import { describeProvider } from '../../testing/provider-contract.ts'
import type { ProviderUnderTest } from '../../testing/provider-under-test.ts'
import type { ListedCharge, PaymentAction } from '../provider.ts'

const CREATE = /^POST \/v1\/payment_intents$/
const CONFIRM = /^POST \/v1\/payment_intents\/\w+\/confirm$/

const ACTION_CARDS: Partial<Record<PaymentAction['kind'], string>> = {
  script: 'pm_card_threeDSecure2Required',
  redirect: 'pm_kakao_pay',
}

describeProvider('Stripe', openContract, { actions: ['script', 'redirect'] })

async function openContract(): Promise<ProviderUnderTest> {
  const { stripe, provider } = await openStripe()
  const hows = { 'answer-lost': 'lose', 'too-late': 'stall', fails: 500 } as const
  return {
    provider,
    methods: {
      // A token works once, so each payment has its own.
      get good() {
        return stripe.newToken('pm_card_visa')
      },
      get declined() {
        return stripe.newToken('pm_card_declined')
      },
    },
    actionMethod: (kind) => stripe.newToken(ACTION_CARDS[kind] ?? ''),
    decide: async (key, end) => stripe.decideAtBank(key, end),
    async misrecord(key, as) {
      const has = 'amountMinor' in as ? { received: as.amountMinor } : { currency: as.currency.toLowerCase() }
      for (const intent of chargedUnder(stripe, key)) Object.assign(intent, has)
    },
    countCharges: async (key) => chargedUnder(stripe, key).length,
    refundedMinor: async (key) =>
      chargedUnder(stripe, key).reduce((sum, { refundedAmount }) => sum + refundedAmount, 0),
    async nextCharge(fault) {
      const how = hows[fault]
      // The library itself retries an interrupted request once.
      stripe.faults.push({ path: CONFIRM, how }, ...(how === 'lose' ? [{ path: CONFIRM, how }] : []))
    },
    async recover() {
      stripe.faults.length = 0
    },
  }
}

describe('Stripe', () => {
  it.each([
    ['a declined card', 'pm_card_declined', 'insufficient_funds'],
    ['an expired card', 'pm_card_expired', 'expired_card'],
    [
      'a method that does not go with the amount',
      'pm_card_incompatible',
      'payment_intent_incompatible_payment_method',
    ],
    [
      'a bank debit, whose money comes days later',
      'pm_sepa_debit',
      'payment_intent_incompatible_payment_method',
    ],
  ])('declines %s, and leaves no open attempt that could charge it later', async (_, card, reason) => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { card })
    const declined = { status: 'declined', reason }
    expect(await provider.charge(request)).toEqual(declined)
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
    expect([...stripe.intents.values()].map(({ status }) => status)).toEqual(['canceled'])
  })

  it.each(['ctoken_of_nobody', 'pm_card_visa', 'card-ok'])(
    'declines the method %s, which is no ConfirmationToken of the account',
    async (method) => {
      const { stripe, provider } = await openStripe()
      const request = newRequest(stripe, { method })
      expect(await provider.charge(request)).toEqual({ status: 'declined', reason: 'resource_missing' })
      expect([...stripe.intents.values()].map(({ status }) => status)).toEqual(['canceled'])
    },
  )

  it('excludes methods whose money comes days later from the intent, which a browser could confirm too', async () => {
    const { stripe, provider } = await openStripe()
    await provider.charge(newRequest(stripe, { card: 'pm_card_threeDSecure2Required' }))
    const [intent] = stripe.intents.values()
    if (intent === undefined) throw new Error('no intent was made')
    expect(intent.excluded).toEqual(DELAYED_METHOD_TYPES)
    intent.status = 'requires_payment_method'
    expect(stripe.payInBrowser(intent, 'pm_sepa_debit')).toBe(false)
    expect(stripe.payInBrowser(intent, 'pm_card_visa')).toBe(true)
  })

  it('charges a ConfirmationToken for one payment only', async () => {
    const { stripe, provider } = await openStripe()
    const first = newRequest(stripe)
    expect(await provider.charge(first)).toMatchObject({ status: 'succeeded' })
    const second = newRequest(stripe, { method: first.method })
    expect(await provider.charge(second)).toMatchObject({ status: 'declined' })
    expect(chargedUnder(stripe, second.key)).toEqual([])
  })

  it('does not count an intent that carries the key of another payment', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe)
    await provider.charge(request)
    for (const intent of stripe.intents.values()) intent.payment = 'of-another'
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
  })

  it('reports a charge in process as unknown, and its outcome once it has ended', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { card: 'pm_card_slow' })
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
    for (const intent of stripe.intents.values())
      Object.assign(intent, { status: 'succeeded', charged: true })
    expect(await provider.findCharge(request.key, request)).toMatchObject({
      ...{ status: 'succeeded', amountMinor: 1000 },
    })
  })

  it.each([
    ['create', CREATE, 429],
    ['create', CREATE, 503],
    ['create', CREATE, 401],
    ['create', CREATE, 403],
    ['create', CREATE, 409],
    ['confirm', CONFIRM, 429],
    ['confirm', CONFIRM, 500],
    ['confirm', CONFIRM, 409],
  ])(
    'reports a charge as unknown when %s (%s) returns %i, and charges at the next attempt',
    async (_, path, how) => {
      const { stripe, provider } = await openStripe()
      const request = newRequest(stripe)
      stripe.faults.push({ path, how })
      expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
      expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
      expect(await provider.charge(request)).toMatchObject({ status: 'succeeded' })
      expect(chargedUnder(stripe, request.key)).toHaveLength(1)
    },
  )

  it.each([CREATE, CONFIRM])('treats a permanent failure of Stripe as a decline (%s)', async (path) => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe)
    stripe.faults.push({ path, how: 'cached-500' })
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
    expect(await provider.charge(request)).toEqual({ status: 'declined', reason: 'the provider failed' })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
    expect(chargedUnder(stripe, request.key)).toEqual([])
  })

  it('lets the library retry as often as configured, within the time limit', async () => {
    const { stripe, provider } = await openStripe({ retriesMax: 1, timeoutMs: 5000 })
    stripe.faults.push({ path: CREATE, how: 503 })
    expect(await provider.charge(newRequest(stripe))).toMatchObject({ status: 'succeeded' })
    expect(stripe.seen.filter((name) => CREATE.test(name))).toHaveLength(2)
  })

  it('confirms nothing after the deadline', async () => {
    const { stripe, provider } = await openStripe({ timeoutMs: 200 })
    stripe.faults.push({ path: CREATE, how: 'stall' })
    expect(await provider.charge(newRequest(stripe))).toMatchObject({ status: 'unknown' })
    expect(stripe.seen.filter((name) => CONFIRM.test(name))).toEqual([])
  })

  it('finds a charge of two days ago, whose key Stripe has deleted', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe)
    const charged = await provider.charge(request)
    stripe.forgetKeys()
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    expect(chargedUnder(stripe, request.key)).toHaveLength(1)
  })

  describe('abandoning an attempt', () => {
    const openOf = (stripe: FakeStripe) =>
      [...stripe.intents.values()].filter(({ status }) => status !== 'canceled').map(({ status }) => status)

    it('cancels what look-ups have opened, so that it is never charged', async () => {
      const { stripe, provider } = await openStripe()
      const request = newRequest(stripe)
      expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
      expect(openOf(stripe)).toEqual(['requires_payment_method'])
      expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
      expect(openOf(stripe)).toEqual([])
      expect(await provider.charge(request)).toMatchObject({ status: 'declined' })
      expect(chargedUnder(stripe, request.key)).toEqual([])
    })

    it('also cancels attempts of earlier days, whose keys Stripe has deleted', async () => {
      const { stripe, provider } = await openStripe()
      const request = newRequest(stripe)
      await provider.findCharge(request.key, request)
      stripe.forgetKeys()
      await provider.findCharge(request.key, request)
      stripe.forgetKeys()
      expect(openOf(stripe)).toHaveLength(2)
      expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
      expect(openOf(stripe)).toEqual([])
    })

    it('is not complete while Stripe does not respond or the outcome is unknown', async () => {
      const { stripe, provider } = await openStripe()
      const [silent, slow] = [newRequest(stripe), newRequest(stripe, { card: 'pm_card_slow' })]
      await provider.findCharge(silent.key, silent)
      stripe.faults.push({ path: /cancel$/, how: 503 })
      expect(await provider.abandon(silent)).toMatchObject({ status: 'unknown' })
      expect(await provider.abandon(silent)).toEqual({ status: 'abandoned' })
      await provider.charge(slow)
      expect(await provider.abandon(slow)).toMatchObject({ status: 'unknown' })
      expect(openOf(stripe)).toEqual(['processing'])
    })
  })

  it('does not treat an empty search result as proof that there is no charge', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe)
    stripe.searchable = false
    const charged = await provider.charge(request)
    expect(await provider.findCharge(request.key)).toMatchObject({ status: 'unknown' })
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    stripe.searchable = true
    expect(await provider.findCharge(request.key)).toEqual(charged)
  })

  it('reports a key that was used for another charge as unknown', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe)
    await provider.charge(request)
    const other = { ...request, amountMinor: 2000 }
    expect(await provider.charge(other)).toMatchObject({ status: 'unknown' })
    expect(chargedUnder(stripe, request.key)).toMatchObject([{ amount: 1000 }])
  })

  it.each([
    ['KRW', 1000, 1000],
    ['USD', 1050, 1050],
    ['ISK', 5, 500],
    ['UGX', 5, 500],
    ['MGA', 500, 5],
    ['KWD', 5120, 5120],
  ])('charges %s %i as %i, and lists it with the requested amount', async (currency, amountMinor, amount) => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { currency, amountMinor })
    await provider.charge(request)
    expect(chargedUnder(stripe, request.key)).toMatchObject([{ amount, currency: currency.toLowerCase() }])
    const listed: ListedCharge[] = []
    for await (const charge of provider.listCharges?.({ since: new Date(0) }) ?? []) listed.push(charge)
    expect(listed).toMatchObject([{ key: request.key, amountMinor, currency }])
  })

  it.each([
    ['MGA', 550],
    ['KWD', 5123],
  ])('declines %s %i, which Stripe cannot charge exactly', async (currency, amountMinor) => {
    const { stripe, provider } = await openStripe()
    const declined = { status: 'declined', reason: expect.stringContaining(currency) }
    expect(await provider.charge(newRequest(stripe, { currency, amountMinor }))).toEqual(declined)
    expect(stripe.seen).toEqual([])
  })

  it('lists page by page, and no more than the configured maximum', async () => {
    const { stripe, provider } = await openStripe({ listedMax: 250 })
    await Promise.all(Array.from({ length: 250 }, () => provider.charge(newRequest(stripe))))
    const keys = new Set<string>()
    for await (const { key } of provider.listCharges?.({ since: new Date(0) }) ?? []) keys.add(key)
    expect(keys.size).toBe(250)
    await provider.charge(newRequest(stripe))
    const all = async () => {
      for await (const { key } of provider.listCharges?.({ since: new Date(0) }) ?? []) keys.add(key)
    }
    await expect(all()).rejects.toThrow('more than 250')
  })

  it('logs no secret and no card data', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { card: 'pm_card_slow' })
    const causes = [await provider.charge(request)]
    stripe.faults.push({ path: CREATE, how: 429 })
    causes.push(await provider.charge(newRequest(stripe)))
    for (const { cause } of causes.flatMap((outcome) => (outcome.status === 'unknown' ? [outcome] : []))) {
      const told = JSON.stringify({ ...(cause as Error), message: (cause as Error).message })
      expect(told).not.toMatch(/secret|billing|sk_test/)
      expect(cause).not.toHaveProperty('raw')
    }
    expect(causes.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
  })
})
