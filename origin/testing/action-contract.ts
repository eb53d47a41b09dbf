import { describe, expect, it } from 'vitest'
import type { ChargeRequest, PaymentAction } from '../payments/provider.ts'
import {
  type ActionEnd,
  newRequest,
  type OpenProvider,
  type ProviderUnderTest,
} from './provider-under-test.ts'

type Kind = PaymentAction['kind']

/**
 * What the contract demands of a charge for which the fan must do something.
 *
 * @param abandoned - as what the provider finds an abandoned one, which nobody can complete in either case
 */
export function testActions(
  open: OpenProvider,
  kinds: readonly Kind[],
  abandoned: 'declined' | 'action' = 'declined',
): void {
  describe.each(kinds)('a charge with an action (%s)', (kind) => {
    testApproval(open, kind)
    testEnds(open, kind)
    testLeaving(open, kind, abandoned)
  })
}

/** A charge that waits for the fan. */
async function openAction(open: OpenProvider, kind: Kind) {
  const under = await open()
  const { provider, actionMethod, decide, misrecord } = under
  if (actionMethod === undefined || decide === undefined || misrecord === undefined)
    throw new Error('the provider under test has no actions')
  const request = newRequest(actionMethod(kind))
  const asked = await provider.charge(request)
  const find = () => provider.findCharge(request.key, request)
  const end = (how: ActionEnd) => decide(request.key, how)
  return { ...under, request, asked, find, end, misrecord }
}

const count = ({ countCharges }: ProviderUnderTest, { key }: ChargeRequest) => countCharges(key)

function testApproval(open: OpenProvider, kind: Kind): void {
  it('charges nothing before the fan has acted, and is found open until then', async () => {
    const { asked, find, request, ...under } = await openAction(open, kind)
    expect(asked).toMatchObject({ status: 'action', chargeId: expect.stringMatching(/./), action: { kind } })
    if (asked.status !== 'action') return
    expect(asked.until.getTime()).toBeLessThanOrEqual(request.until.getTime())
    expect(await find()).toEqual(asked)
    expect(await find()).toEqual(asked)
    expect(await count(under, request)).toBe(0)
  })

  it('is one charge when the fan has approved, however often it is completed', async () => {
    const { provider, find, end, request, ...under } = await openAction(open, kind)
    expect(await end('approve')).toBe(true)
    const charged = await find()
    expect(charged).toMatchObject({ status: 'succeeded', amountMinor: 132_000, currency: 'KRW' })
    const again = await Promise.all(Array.from({ length: 5 }, find))
    expect(again).toEqual(Array(5).fill(charged))
    expect(await provider.charge(request)).toEqual(charged)
    expect(await under.countCharges(request.key)).toBe(1)
  })

  it('is not found under the key of another payment', async () => {
    const { provider, actionMethod, end } = await openAction(open, kind)
    await end('approve')
    const other = newRequest(actionMethod?.(kind) ?? '')
    expect(await provider.findCharge(other.key, other)).toEqual({ status: 'none' })
  })

  it.each([{ amountMinor: 131_999 }, { amountMinor: 132_001 }, { currency: 'JPY' }])(
    'reports what was really paid: %o',
    async (as) => {
      const { find, end, misrecord, request } = await openAction(open, kind)
      await end('approve')
      await misrecord(request.key, as)
      expect(await find()).toMatchObject({ status: 'succeeded', ...as })
    },
  )
}

function testEnds(open: OpenProvider, kind: Kind): void {
  it.each(['decline', 'expire'] as const)('is declined for ever when it ends by %s', async (how) => {
    const { provider, find, end, request, ...under } = await openAction(open, kind)
    await end(how)
    const declined = await find()
    expect(declined).toEqual({ status: 'declined', reason: expect.stringMatching(/\w/) })
    expect(await find()).toEqual(declined)
    expect(await provider.charge(request)).toEqual(declined)
    expect(await end('approve')).toBe(false)
    expect(await under.countCharges(request.key)).toBe(0)
  })
}

function testLeaving(open: OpenProvider, kind: Kind, abandoned: 'declined' | 'action'): void {
  it('cannot be completed after it was abandoned', async () => {
    const { provider, find, end, request, ...under } = await openAction(open, kind)
    expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
    expect(await provider.abandon(request)).toEqual({ status: 'abandoned' })
    expect(await end('approve')).toBe(false)
    expect(await find()).toMatchObject({ status: abandoned })
    expect(await under.countCharges(request.key)).toBe(0)
  })

  it('is left as it is by an abandonment that comes after the approval', async () => {
    const { provider, find, end, request, ...under } = await openAction(open, kind)
    await end('approve')
    const charged = await find()
    expect(charged).toMatchObject({ status: 'succeeded' })
    expect(await provider.abandon(request)).toEqual(charged)
    expect(await under.countCharges(request.key)).toBe(1)
    expect(await under.refundedMinor(request.key)).toBe(0)
  })
}
