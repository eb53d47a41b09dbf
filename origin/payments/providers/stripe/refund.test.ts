import { describe, expect, it } from 'vitest'
import type { FakeStripe } from '../../../testing/fake-stripe/fake-stripe.ts'
import { chargedUnder, newRequest, openStripe } from '../../../testing/fake-stripe/stripe-provider.ts'
import type { RefundRequest } from '../../provider.ts'

const REFUND = /^POST \/v1\/refunds$/

/** A charge of 1000 won. */
async function openCharge(card?: string) {
  const { stripe, provider } = await openStripe()
  const request = newRequest(stripe, card === undefined ? {} : { card })
  const charged = await provider.charge(request)
  if (charged.status === 'action') stripe.decideAtBank(request.key, 'approve')
  return { stripe, provider, request }
}

const wholeOf = (chargeKey: string): RefundRequest => ({
  ...{ key: `refund-${chargeKey}`, chargeKey, amountMinor: 1000, currency: 'KRW' },
})
const partOf = (chargeKey: string, key: string, amountMinor: number): RefundRequest => ({
  ...{ key, chargeKey, amountMinor, currency: 'KRW', part: true },
})

const amountsOf = (stripe: FakeStripe) => [...stripe.refunds.values()].map(({ amount }) => amount)

describe('a whole refund at Stripe', () => {
  it('counts once it has succeeded, and is pending until then', async () => {
    const { stripe, provider, request } = await openCharge('pm_card_pendingRefund')
    const refund = wholeOf(request.key)
    expect(await provider.refund(refund)).toEqual({ status: 'pending' })
    expect(await provider.refund(refund)).toEqual({ status: 'pending' })
    stripe.endRefunds('succeeded')
    expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
  })

  it('is pending while Stripe waits for the bank account of the fan', async () => {
    const { provider, request } = await openCharge('pm_kakao_pay')
    expect(await provider.refund(wholeOf(request.key))).toEqual({ status: 'pending' })
  })

  it('says why it failed at the bank of the fan, under its key', async () => {
    const { stripe, provider, request } = await openCharge('pm_card_pendingRefund')
    await provider.refund(wholeOf(request.key))
    stripe.endRefunds('failed')
    const refused = { status: 'refused', reason: 'lost_or_stolen_card' }
    expect(await provider.refund(wholeOf(request.key))).toEqual(refused)
    expect(amountsOf(stripe)).toEqual([1000])
  })

  it.each([
    ['succeeded', 'refunded'],
    ['pending', 'pending'],
  ])('that was made under a key that Stripe has deleted counts as it is: %s', async (state, status) => {
    const { stripe, provider, request } = await openCharge('pm_card_pendingRefund')
    await provider.refund(wholeOf(request.key))
    if (state === 'succeeded') stripe.endRefunds('succeeded')
    stripe.forgetKeys()
    expect(await provider.refund(wholeOf(request.key))).toEqual({ status })
    expect(chargedUnder(stripe, request.key)).toMatchObject([{ refundedAmount: 1000 }])
  })

  it('returns what remains after a refund in the dashboard', async () => {
    const { stripe, provider, request } = await openCharge()
    await provider.refund(partOf(request.key, 'a', 400))
    expect(await provider.refund(wholeOf(request.key))).toEqual({ status: 'refunded' })
    expect(amountsOf(stripe)).toEqual([400, 600])
  })

  it('is refused where Stripe rejects it, and unknown while Stripe is down', async () => {
    const { stripe, provider, request } = await openCharge()
    const elsewhere = { ...wholeOf(request.key), chargeId: 'pi_of_another' }
    expect(await provider.refund(elsewhere)).toEqual({ status: 'refused', reason: 'resource_missing' })
    stripe.faults.push({ path: REFUND, how: 503 })
    const refund = { ...wholeOf(request.key), key: 'again' }
    expect(await provider.refund(refund)).toMatchObject({ status: 'unknown' })
    expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
  })
})

describe('a refund in part at Stripe', () => {
  it('is refused with the code of Stripe where nothing remains', async () => {
    const { provider, request } = await openCharge()
    await provider.refund(wholeOf(request.key))
    expect(await provider.refund(partOf(request.key, 'a', 1))).toEqual({
      ...{ status: 'refused', reason: 'charge_already_refunded' },
    })
  })

  it('is not made again a day later, when Stripe has deleted the key', async () => {
    const { stripe, provider, request } = await openCharge()
    await provider.refund(partOf(request.key, 'a', 300))
    stripe.forgetKeys()
    expect(await provider.refund(partOf(request.key, 'a', 300))).toEqual({ status: 'refunded' })
    expect(amountsOf(stripe)).toEqual([300])
  })

  it('whose response was lost is found by its key', async () => {
    const { stripe, provider, request } = await openCharge()
    // The library itself retries an interrupted request once.
    stripe.faults.push({ path: REFUND, how: 'lose' }, { path: REFUND, how: 'lose' })
    expect(await provider.refund(partOf(request.key, 'a', 300))).toMatchObject({ status: 'unknown' })
    expect(await provider.refund(partOf(request.key, 'a', 300))).toEqual({ status: 'refunded' })
    expect(amountsOf(stripe)).toEqual([300])
  })

  it('answers its present state under its key: pending, then refused with the reason', async () => {
    const { stripe, provider, request } = await openCharge('pm_card_pendingRefund')
    const refund = partOf(request.key, 'a', 300)
    expect(await provider.refund(refund)).toEqual({ status: 'pending' })
    stripe.endRefunds('failed')
    expect(await provider.refund(refund)).toEqual({ status: 'refused', reason: 'lost_or_stolen_card' })
    expect(await provider.refund(partOf(request.key, 'b', 1000))).toEqual({ status: 'pending' })
  })

  it('is sent in the unit of Stripe, and refused where that has no such amount', async () => {
    const { stripe, provider } = await openStripe()
    const request = newRequest(stripe, { currency: 'MGA', amountMinor: 500 })
    await provider.charge(request)
    const part = { ...partOf(request.key, 'a', 150), currency: 'MGA' }
    expect(await provider.refund(part)).toMatchObject({ status: 'refused' })
    expect(await provider.refund({ ...part, amountMinor: 200 })).toEqual({ status: 'refunded' })
    expect(amountsOf(stripe)).toEqual([2])
  })
})

describe('refunds and disputes at Stripe', () => {
  it.each([
    ['a part', 300],
    ['all', 1000],
  ])('leave a charge found as it was paid, and listed with what went back: %s', async (_, amountMinor) => {
    const { provider, request } = await openCharge()
    await provider.refund(partOf(request.key, 'a', amountMinor))
    expect(await provider.findCharge(request.key, request)).toMatchObject({
      ...{ status: 'succeeded', amountMinor: 1000 },
    })
    const listed = []
    for await (const charge of provider.listCharges?.({ since: new Date(0) }) ?? []) listed.push(charge)
    expect(listed).toMatchObject([{ key: request.key, status: 'succeeded', refundedMinor: amountMinor }])
  })

  it('tells the refunds of Naru, by their keys, from those of the dashboard', async () => {
    const { stripe, provider, request } = await openCharge()
    await provider.refund(partOf(request.key, 'a', 300))
    const intent = [...stripe.intents.keys()][0] ?? ''
    const made = { intent, payment: undefined, status: 'succeeded' }
    stripe.refunds.set('re_1', { ...made, id: 're_1', amount: 200 })
    const found = await provider.findReversals?.({ key: request.key, chargeId: intent })
    if (found?.status !== 'found') throw new Error('not found')
    expect(found.reversals.map(({ amountMinor, key }) => [amountMinor, key])).toEqual([
      [300, 'a'],
      [200, undefined],
    ])
  })

  it('H4: finds refunds and disputes that were made in the dashboard, of one charge and since a time', async () => {
    const { stripe, provider } = await openStripe()
    const charges = []
    for (const request of [newRequest(stripe), newRequest(stripe)])
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
    const { stripe, provider } = await openStripe()
    stripe.faults.push({ path: /^GET \/v1\/disputes$/, how: 429 })
    expect(await provider.findReversals?.({ key: 'k', chargeId: 'pi_1' })).toMatchObject({
      status: 'unknown',
    })
  })
})
