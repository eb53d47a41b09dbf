import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { ListedCharge, PaymentAction, RefundRequest } from '../payments/provider.ts'
import { testActions } from './action-contract.ts'
import { newRequest, type OpenProvider } from './provider-under-test.ts'

const WAIT = { timeout: 20_000, interval: 50 }

/**
 * The contract of every provider.
 *
 * @param has.actions - the kinds of actions for which it may ask the fan
 * @param has.forgetsAbandoning - whether its record does not tell an abandoned action from an open one
 */
export function describeProvider(
  name: string,
  open: OpenProvider,
  has: { actions?: readonly PaymentAction['kind'][]; forgetsAbandoning?: boolean } = {},
): void {
  describe(`${name} as a payment provider`, () => {
    testCharges(open)
    testUnknownOutcomes(open)
    testActions(open, has.actions ?? [], has.forgetsAbandoning === true ? 'action' : 'declined')
    testRefunds(open)
    testPartialRefunds(open)
    testListing(open)
  })
}

/** A charge happens once for a key, and can be found by it. */
function testCharges(open: OpenProvider): void {
  it('charges a method and finds the charge again', async () => {
    const { provider, methods, countCharges } = await open()
    const request = newRequest(methods.good)
    const charged = await provider.charge(request)
    expect(charged).toMatchObject({ status: 'succeeded', chargeId: expect.stringMatching(/./) })
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    expect(await countCharges(request.key)).toBe(1)
  })

  it('charges once for a key, however often it is asked to', async () => {
    const { provider, methods, countCharges } = await open()
    const request = newRequest(methods.good)
    const first = await provider.charge(request)
    expect(await provider.charge(request)).toEqual(first)
    const many = await Promise.all(Array.from({ length: 20 }, () => provider.charge(request)))
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set(['succeeded']))
    expect(await countCharges(request.key)).toBe(1)
  })

  it('says why it declines, every time', async () => {
    const { provider, methods, countCharges } = await open()
    const request = newRequest(methods.declined)
    const declined = await provider.charge(request)
    expect(declined).toEqual({ status: 'declined', reason: expect.stringMatching(/\w/) })
    expect(await provider.charge(request)).toEqual(declined)
    expect(await provider.findCharge(request.key, request)).toEqual(declined)
    expect(await countCharges(request.key)).toBe(0)
  })

  it('declines a method that there is not', async () => {
    const { provider, countCharges } = await open()
    const request = newRequest('nothing')
    expect(await provider.charge(request)).toMatchObject({ status: 'declined' })
    expect(await countCharges(request.key)).toBe(0)
  })

  it('finds no charge that nobody made, makes none by asking, and can make it then', async () => {
    const { provider, methods, countCharges } = await open()
    const request = newRequest(methods.good)
    expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
    expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
    expect(await countCharges(request.key)).toBe(0)
    expect(await provider.charge(request)).toMatchObject({ status: 'succeeded' })
    expect(await countCharges(request.key)).toBe(1)
  })
}

/** A charge whose response is missing is looked up, and an attempt can be abandoned. */
function testUnknownOutcomes(open: OpenProvider): void {
  it.each(['answer-lost', 'too-late'] as const)(
    'does not know a charge whose answer is %s, finds it later, and does not make it again',
    async (fault) => {
      const { provider, methods, countCharges, nextCharge, recover } = await open()
      const request = newRequest(methods.good)
      await nextCharge(fault)
      expect(await provider.charge(request)).toMatchObject({ status: 'unknown' })
      await recover()
      await vi.waitFor(async () => {
        expect(await provider.findCharge(request.key, request)).toMatchObject({ status: 'succeeded' })
      }, WAIT)
      expect(await provider.charge(request)).toMatchObject({ status: 'succeeded' })
      expect(await countCharges(request.key)).toBe(1)
    },
  )

  it('does not know a charge that failed at the provider, and makes it when asked again', async () => {
    const { provider, methods, countCharges, nextCharge, recover } = await open()
    const request = newRequest(methods.good)
    await nextCharge('fails')
    expect(await provider.charge(request)).toMatchObject({ status: 'unknown', cause: expect.anything() })
    await recover()
    expect(await provider.findCharge(request.key, request)).toEqual({ status: 'none' })
    expect(await provider.charge(request)).toMatchObject({ status: 'succeeded' })
    expect(await countCharges(request.key)).toBe(1)
  })

  it('abandons an attempt that charged nothing, however often, and leaves a charge as it is', async () => {
    const { provider, methods, countCharges, refundedMinor } = await open()
    const unknown = newRequest(methods.good)
    expect(await provider.abandon(unknown)).toEqual({ status: 'abandoned' })
    expect(await provider.abandon(unknown)).toEqual({ status: 'abandoned' })
    expect(await countCharges(unknown.key)).toBe(0)
    const request = newRequest(methods.good)
    const charged = await provider.charge(request)
    expect(await provider.abandon(request)).toEqual(charged)
    expect(await provider.findCharge(request.key, request)).toEqual(charged)
    expect(await refundedMinor(request.key)).toBe(0)
  })
}

/** A refund happens once for a key. */
function testRefunds(open: OpenProvider): void {
  it('gives a charge back once for a key, with its ID and without', async () => {
    const { provider, methods, refundedMinor } = await open()
    for (const withId of [true, false]) {
      const request = newRequest(methods.good)
      const charged = await provider.charge(request)
      if (charged.status !== 'succeeded') throw new Error('not charged')
      const refund = {
        key: `refund-${request.key}`,
        chargeKey: request.key,
        amountMinor: request.amountMinor,
        currency: request.currency,
        ...(withId ? { chargeId: charged.chargeId } : {}),
      }
      expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
      expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
      expect(await refundedMinor(request.key)).toBe(request.amountMinor)
    }
  })

  it('does not claim to have given back what was never charged', async () => {
    const { provider } = await open()
    const chargeKey = randomUUID()
    const refund = { key: `refund-${chargeKey}`, chargeKey, amountMinor: 1000, currency: 'KRW' }
    expect(await provider.refund(refund)).toMatchObject({ status: 'unknown' })
  })
}

/** Parts can be refunded until nothing remains. */
function testPartialRefunds(open: OpenProvider): void {
  /** A charge of 132,000 won. */
  async function openCharge() {
    const under = await open()
    const request = newRequest(under.methods.good)
    const charged = await under.provider.charge(request)
    if (charged.status !== 'succeeded') throw new Error('not charged')
    const { key: chargeKey, currency } = request
    const part = (key: string, amountMinor: number): RefundRequest => ({
      ...{ key, chargeKey, chargeId: charged.chargeId, amountMinor, currency, part: true },
    })
    return { ...under, request, part }
  }

  it('refunds exactly a part, several times, never more than remains, and then all that remains', async () => {
    const { provider, request, part, refundedMinor } = await openCharge()
    const { key: chargeKey, amountMinor, currency } = request
    expect(await provider.refund(part(randomUUID(), 32_000))).toEqual({ status: 'refunded' })
    expect(await provider.refund(part(randomUUID(), 50_000))).toEqual({ status: 'refunded' })
    expect(await provider.refund(part(randomUUID(), 50_001))).toEqual({
      ...{ status: 'refused', reason: expect.stringMatching(/\w/) },
    })
    expect(await refundedMinor(chargeKey)).toBe(82_000)
    const whole = { key: `refund-${chargeKey}`, chargeKey, amountMinor, currency }
    expect(await provider.refund(whole)).toEqual({ status: 'refunded' })
    expect(await refundedMinor(chargeKey)).toBe(132_000)
    expect(await provider.refund(part(randomUUID(), 1))).toMatchObject({ status: 'refused' })
  })

  it('refunds a part once for a key, however many ask at the same moment', async () => {
    const { provider, request, part, refundedMinor } = await openCharge()
    const refund = part(randomUUID(), 32_000)
    const made = await Promise.all(Array.from({ length: 10 }, () => provider.refund(refund)))
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set(['refunded']))
    expect(await provider.refund(refund)).toEqual({ status: 'refunded' })
    expect(await refundedMinor(request.key)).toBe(32_000)
  })

  it('reports its own refunds with their keys', async () => {
    const { provider, request, part } = await openCharge()
    const refund = part(randomUUID(), 32_000)
    await provider.refund(refund)
    const { key, chargeId = '' } = { ...request, ...refund, key: request.key }
    const found = await provider.findReversals?.({ key, chargeId })
    expect(found).toMatchObject({
      status: 'found',
      reversals: [{ kind: 'refund', state: 'done', amountMinor: 32_000, key: refund.key }],
    })
  })
}

/** The ledger can be listed. */
function testListing(open: OpenProvider): void {
  it('lists what was charged, declined and given back since a time', async () => {
    const { provider, methods } = await open()
    const since = new Date(Date.now() - 60_000)
    const [retained, refunded, declined] = [methods.good, methods.good, methods.declined].map(newRequest)
    if (retained === undefined || refunded === undefined || declined === undefined)
      throw new Error('no requests')
    for (const request of [retained, refunded, declined]) await provider.charge(request)
    const { key, amountMinor } = refunded
    await provider.refund({ key: `refund-${key}`, chargeKey: key, amountMinor, currency: 'KRW' })

    const listed = new Map<string, ListedCharge>()
    for await (const charge of provider.listCharges?.({ since }) ?? []) listed.set(charge.key, charge)
    const common = {
      amountMinor,
      currency: 'KRW',
      chargeId: expect.any(String),
      createdAt: expect.any(Date),
    }
    expect(listed.get(retained.key)).toMatchObject({ ...common, status: 'succeeded', refundedMinor: 0 })
    expect(listed.get(key)).toMatchObject({ ...common, status: 'succeeded', refundedMinor: amountMinor })
    expect(listed.get(declined.key)).toMatchObject({ ...common, status: 'declined', refundedMinor: 0 })
    const later = []
    const tomorrow = new Date(Date.now() + 86_400_000)
    for await (const charge of provider.listCharges?.({ since: tomorrow }) ?? []) later.push(charge)
    expect(later).toEqual([])
  })
}
