import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FakeStripe, startFakeStripe } from '../../testing/fake-stripe/fake-stripe.ts'
import { testCharge } from '../../testing/payments.ts'
import { describeProvider } from '../../testing/provider-contract.ts'
import type { ChargeRequest, ListedCharge } from '../provider.ts'
import { createStripeProvider, type StripeOptions } from './stripe.ts'

const CREATE = /^POST \/v1\/payment_intents$/
const CONFIRM = /^POST \/v1\/payment_intents\/\w+\/confirm$/

async function open(options: Partial<StripeOptions> = {}) {
  const stripe = await startFakeStripe()
  const { provider, close } = createStripeProvider({
    secretKey: 'sk_test_1',
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

function newRequest(change: Partial<ChargeRequest> = {}): ChargeRequest {
  const key = randomUUID()
  return testCharge({ key, method: 'pm_card_visa', reference: key, ...change })
}

const chargedUnder = (stripe: FakeStripe, key: string) =>
  [...stripe.intents.values()].filter(({ payment, charged }) => charged && payment === key)

describeProvider('Stripe', async () => {
  const { stripe, provider } = await open()
  const hows = { 'answer-lost': 'lose', 'too-late': 'stall', fails: 500 } as const
  return {
    provider,
    methods: { good: 'pm_card_visa', declined: 'pm_card_declined' },
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
})

describe('Stripe', () => {
  it.each([
    ['a declined card', 'pm_card_declined', 'insufficient_funds'],
    ['an expired card', 'pm_card_expired', 'expired_card'],
    [
      'a card whose bank wants to hear from its owner',
      'pm_card_authenticationRequired',
      'authentication_required',
    ],
    [
      'one whose bank asks though we said nobody would answer',
      'pm_card_authenticationAnyway',
      'authentication_required',
    ],
    [
      'a method that does not go with the amount',
      'pm_card_incompatible',
      'payment_intent_incompatible_payment_method',
    ],
    ['a method it does not know', 'tok_nothing', 'resource_missing'],
  ])('declines %s, and leaves no open attempt that could charge it later', async (_, method, reason) => {
    const { stripe, provider } = await open()
    const request = newRequest({ method })
    const declined = { status: 'declined', reason }
    expect(await provider.charge(request)).toEqual(declined)
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
    const open_ = [...stripe.intents.values()].filter(({ status }) => !/canceled|payment_method/.test(status))
    expect(open_).toEqual([])
  })

  it('reports a charge in process as unknown, and its outcome once it has ended', async () => {
    const { stripe, provider } = await open()
    const request = newRequest({ method: 'pm_card_slow' })
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'unknown' })
    for (const intent of stripe.intents.values()) intent.status = 'succeeded'
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'succeeded' })
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
      const { stripe, provider } = await open()
      const request = newRequest()
      stripe.faults.push({ path, how })
      expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
      expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
      expect(await provider.charge(request)).toMatchObject({ status: 'succeeded' })
      expect(chargedUnder(stripe, request.key)).toHaveLength(1)
    },
  )

  it.each([CREATE, CONFIRM])('treats a permanent failure of Stripe as a decline (%s)', async (path) => {
    const { stripe, provider } = await open()
    const request = newRequest()
    stripe.faults.push({ path, how: 'cached-500' })
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
    expect(await provider.charge(request)).toEqual({ status: 'declined', reason: 'the provider failed' })
    expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'declined' })
    expect(chargedUnder(stripe, request.key)).toEqual([])
  })

  it('lets the library retry as often as configured, within the time limit', async () => {
    const { stripe, provider } = await open({ retriesMax: 1, timeoutMs: 5000 })
    stripe.faults.push({ path: CREATE, how: 503 })
    expect(await provider.charge(newRequest())).toMatchObject({ status: 'succeeded' })
    expect(stripe.seen.filter((name) => CREATE.test(name))).toHaveLength(2)
  })

  it('confirms nothing after the deadline', async () => {
    const { stripe, provider } = await open({ timeoutMs: 200 })
    stripe.faults.push({ path: CREATE, how: 'stall' })
    expect(await provider.charge(newRequest())).toMatchObject({ status: 'unknown' })
    expect(stripe.seen.filter((name) => CONFIRM.test(name))).toEqual([])
  })

  it('finds a charge of two days ago, whose key Stripe has deleted', async () => {
    const { stripe, provider } = await open()
    const request = newRequest()
    const charged = await provider.charge(request)
    stripe.forgetKeys()
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    expect(chargedUnder(stripe, request.key)).toHaveLength(1)
  })

  describe('abandoning an attempt', () => {
    const openOf = (stripe: FakeStripe) =>
      [...stripe.intents.values()].filter(({ status }) => status !== 'canceled').map(({ status }) => status)

    it('cancels what look-ups have opened, so that it is never charged', async () => {
      const { stripe, provider } = await open()
      const request = newRequest()
      expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
      expect(openOf(stripe)).toEqual(['requires_confirmation'])
      expect(await provider.abandon?.(request)).toEqual({ status: 'abandoned' })
      expect(openOf(stripe)).toEqual([])
      expect(await provider.charge(request)).toMatchObject({ status: 'declined' })
      expect(chargedUnder(stripe, request.key)).toEqual([])
    })

    it('also cancels attempts of earlier days, whose keys Stripe has deleted', async () => {
      const { stripe, provider } = await open()
      const request = newRequest()
      await provider.findCharge(request.key, request)
      stripe.forgetKeys()
      await provider.findCharge(request.key, request)
      stripe.forgetKeys()
      expect(openOf(stripe)).toHaveLength(2)
      expect(await provider.abandon?.(request)).toEqual({ status: 'abandoned' })
      expect(openOf(stripe)).toEqual([])
    })

    it('is not complete while Stripe does not respond or the outcome is unknown', async () => {
      const { stripe, provider } = await open()
      const [silent, slow] = [newRequest(), newRequest({ method: 'pm_card_slow' })]
      await provider.findCharge(silent.key, silent)
      stripe.faults.push({ path: /cancel$/, how: 503 })
      expect(await provider.abandon?.(silent)).toMatchObject({ status: 'unknown' })
      expect(await provider.abandon?.(silent)).toEqual({ status: 'abandoned' })
      await provider.charge(slow)
      expect(await provider.abandon?.(slow)).toMatchObject({ status: 'unknown' })
      expect(openOf(stripe)).toEqual(['processing'])
    })
  })

  it('does not treat an empty search result as proof that there is no charge', async () => {
    const { stripe, provider } = await open()
    const request = newRequest()
    stripe.searchable = false
    const charged = await provider.charge(request)
    expect(await provider.findCharge(request.key)).toMatchObject({ status: 'unknown' })
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    stripe.searchable = true
    expect(await provider.findCharge(request.key)).toEqual(charged)
  })

  it('reports a key that was used for another charge as unknown', async () => {
    const { stripe, provider } = await open()
    const request = newRequest()
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
    const { stripe, provider } = await open()
    const request = newRequest({ currency, amountMinor })
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
    const { stripe, provider } = await open()
    const declined = { status: 'declined', reason: expect.stringContaining(currency) }
    expect(await provider.charge(newRequest({ currency, amountMinor }))).toEqual(declined)
    expect(stripe.seen).toEqual([])
  })

  it('counts a refund once it has succeeded, and not while it is pending', async () => {
    const { stripe, provider } = await open()
    const request = newRequest({ method: 'pm_card_pendingRefund' })
    await provider.charge(request)
    const refund = {
      key: `refund-${request.key}`,
      chargeKey: request.key,
      amountMinor: 1000,
      currency: 'KRW',
    }
    expect(await provider.refund(refund)).toMatchObject({ status: 'unknown' })
    for (const made of stripe.refunds.values()) made.status = 'succeeded'
    expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
  })

  it('counts a refund that was made under a key that Stripe has deleted', async () => {
    const { stripe, provider } = await open()
    const request = newRequest()
    await provider.charge(request)
    const refund = {
      key: `refund-${request.key}`,
      chargeKey: request.key,
      amountMinor: 1000,
      currency: 'KRW',
    }
    await provider.refund(refund)
    stripe.forgetKeys()
    expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
    expect(chargedUnder(stripe, request.key)).toMatchObject([{ refundedAmount: 1000 }])
  })

  it('lists page by page, and no more than the configured maximum', async () => {
    const { provider } = await open({ listedMax: 250 })
    await Promise.all(Array.from({ length: 250 }, () => provider.charge(newRequest())))
    const keys = new Set<string>()
    for await (const { key } of provider.listCharges?.({ since: new Date(0) }) ?? []) keys.add(key)
    expect(keys.size).toBe(250)
    await provider.charge(newRequest())
    const all = async () => {
      for await (const { key } of provider.listCharges?.({ since: new Date(0) }) ?? []) keys.add(key)
    }
    await expect(all()).rejects.toThrow('more than 250')
  })

  it('H4: finds refunds and disputes that were made in the dashboard, of one charge and since a time', async () => {
    const { stripe, provider } = await open()
    const charges = []
    for (const request of [newRequest(), newRequest()])
      charges.push([request.key, await provider.charge(request)] as const)
    const [[key, charged], [other]] = charges as [(typeof charges)[number], (typeof charges)[number]]
    if (charged.status !== 'succeeded') throw new Error(charged.status)
    const intent = charged.chargeId
    const made = { intent, payment: undefined }
    stripe.refunds.set('re_1', { ...made, id: 're_1', amount: 300, status: 'succeeded' })
    stripe.refunds.set('re_2', { ...made, id: 're_2', amount: 200, status: 'failed' })
    const statuses = ['needs_response', 'won', 'lost', 'warning_closed']
    for (const status of statuses)
      stripe.disputes.set(status, { id: `dp_${status}`, intent, amount: 700, status })
    const found = await provider.findReversals?.({ key, chargeId: intent })
    expect(
      found?.status === 'found' &&
        found.reversals.map(({ id, state, amountMinor }) => [id, state, amountMinor]),
    ).toEqual([
      ['re_1', 'done', 300],
      ['re_2', 'failed', 200],
      ['dp_needs_response', 'open', 700],
      ['dp_won', 'failed', 700],
      ['dp_lost', 'done', 700],
      ['dp_warning_closed', 'failed', 700],
    ])
    const listed = []
    for await (const each of provider.listReversed?.({ since: new Date(0) }) ?? [])
      listed.push(`${each.kind} ${each.key}`)
    expect(listed).toEqual([...Array(2).fill(`refund ${key}`), ...Array(4).fill(`dispute ${key}`)])
    expect(listed.join()).not.toContain(other)
  })

  it('H4: reports refunds as unknown while Stripe does not respond', async () => {
    const { stripe, provider } = await open()
    stripe.faults.push({ path: /^GET \/v1\/disputes$/, how: 429 })
    expect(await provider.findReversals?.({ key: 'k', chargeId: 'pi_1' })).toMatchObject({
      status: 'unknown',
    })
  })

  it('logs no secret and no card data', async () => {
    const { stripe, provider } = await open()
    const request = newRequest({ method: 'pm_card_slow' })
    const causes = [await provider.charge(request)]
    stripe.faults.push({ path: CREATE, how: 429 })
    causes.push(await provider.charge(newRequest()))
    for (const { cause } of causes.flatMap((outcome) => (outcome.status === 'unknown' ? [outcome] : []))) {
      const told = JSON.stringify({ ...(cause as Error), message: (cause as Error).message })
      expect(told).not.toMatch(/secret|billing|sk_test/)
      expect(cause).not.toHaveProperty('raw')
    }
    expect(causes.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
  })
})
