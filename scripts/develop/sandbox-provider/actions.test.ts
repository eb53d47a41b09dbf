import { describe, expect, it } from 'vitest'
import type { ActionMethod, ChargeOrder } from './records.ts'
import { NOW_MS, ORDER, openTestSandbox } from './testing.ts'

const UNTIL = new Date(NOW_MS + 600_000).toISOString()
const RETURN_URL = 'http://shop.test/festivals/f/payments/p/return'
const orderOf = (method: ActionMethod): ChargeOrder => ({
  ...ORDER,
  ...{ method, returnUrl: RETURN_URL, until: UNTIL },
})

describe('a charge that the fan has to complete', () => {
  it.each([
    ['bank', { kind: 'redirect', path: expect.stringMatching(/^\/pay\/[\w-]{36}$/) }],
    ['script', { kind: 'script', path: '/script', secret: expect.stringMatching(/^[\w-]{36}$/) }],
    ['deposit', { kind: 'deposit', accountNumber: expect.stringMatching(/^900-\d{6}-\d{6}$/) }],
  ] as const)(
    'is open with its action when it is paid by %s, also when it is ordered again',
    async (method, action) => {
      const { charges, ledger } = await openTestSandbox()
      const made = await charges.charge('key', orderOf(method))
      expect(made).toMatchObject({ status: 'made', made: { outcome: 'open', until: UNTIL, action } })
      const again = await charges.charge('key', orderOf(method))
      expect(again).toMatchObject({ status: 'repeated', made: { outcome: 'open', action } })
      expect(ledger.records).toHaveLength(1)
    },
  )

  it('counts the first of many concurrent endings alone', async () => {
    const { charges, ledger } = await openTestSandbox()
    await charges.charge('key', orderOf('bank'))
    const endings = await Promise.all([
      charges.actions.end('key', { outcome: 'succeeded' }),
      charges.actions.end('key', { outcome: 'declined', reason: 'bank-declined' }),
      charges.abandon('key'),
    ])
    expect(endings).toMatchObject([
      { status: 'ended', charge: { outcome: 'succeeded' } },
      { status: 'already-ended', charge: { outcome: 'succeeded' } },
      { outcome: 'succeeded' },
    ])
    expect(ledger.records).toHaveLength(2)
  })

  it('stays cancelled once it is abandoned, however often', async () => {
    const { charges } = await openTestSandbox()
    await charges.charge('key', orderOf('bank'))
    const cancelled = { outcome: 'declined', reason: 'cancelled' }
    expect(await charges.abandon('key')).toMatchObject(cancelled)
    expect(await charges.abandon('key')).toMatchObject(cancelled)
    expect(await charges.actions.end('key', { outcome: 'succeeded' })).toMatchObject({
      status: 'already-ended',
      charge: cancelled,
    })
    expect(await charges.abandon('other')).toBeUndefined()
  })

  it('expires at its end, and cannot be approved from then on', async () => {
    let nowMs = NOW_MS
    const { charges } = await openTestSandbox({ now: () => nowMs })
    await charges.charge('key', orderOf('bank'))
    nowMs = Date.parse(UNTIL) - 1
    expect(await charges.lookup('key')).toMatchObject({ outcome: 'open' })
    nowMs += 1
    expect(await charges.lookup('key')).toMatchObject({ outcome: 'declined', reason: 'expired' })
    expect(await charges.actions.end('key', { outcome: 'succeeded' })).toMatchObject({
      status: 'already-ended',
    })
  })

  it('ends earlier than ordered where the sandbox has its own limit', async () => {
    const { charges } = await openTestSandbox({ actionMsMax: 15_000 })
    const made = await charges.charge('key', orderOf('bank'))
    expect(made).toMatchObject({ made: { until: new Date(NOW_MS + 15_000).toISOString() } })
    const soon = { ...orderOf('bank'), until: new Date(NOW_MS + 5000).toISOString() }
    expect(await charges.charge('soon', soon)).toMatchObject({ made: { until: soon.until } })
  })

  it('cannot be refunded while it is open', async () => {
    const { charges } = await openTestSandbox()
    await charges.charge('key', orderOf('script'))
    expect(await charges.refund('r', { chargeKey: 'key' })).toMatchObject({ status: 'not-refundable' })
  })

  it('is restored after a restart, with its outcome', async () => {
    const before = await openTestSandbox()
    await before.charges.charge('open', orderOf('bank'))
    await before.charges.charge('paid', orderOf('deposit'))
    await before.charges.actions.deposit('paid', ORDER.amountMinor + 1)
    const [open, paid] = [await before.charges.lookup('open'), await before.charges.lookup('paid')]
    await before.ledger.close()
    const { charges } = await openTestSandbox({ path: before.path })
    expect([await charges.lookup('open'), await charges.lookup('paid')]).toEqual([open, paid])
    expect(await charges.charge('paid', orderOf('deposit'))).toEqual({ status: 'repeated', made: paid })
  })
})

describe('a deposit', () => {
  it('has succeeded with the sum of everything that arrived', async () => {
    const { charges } = await openTestSandbox()
    await charges.charge('key', orderOf('deposit'))
    await charges.actions.deposit('key', 5000)
    expect(await charges.lookup('key')).toMatchObject({ outcome: 'succeeded', amountMinor: 5000 })
    await charges.actions.deposit('key', 7000)
    expect(await charges.lookup('key')).toMatchObject({ outcome: 'succeeded', amountMinor: 12_000 })
  })

  it('takes money that arrives after it was cancelled or has expired', async () => {
    let nowMs = NOW_MS
    const { charges } = await openTestSandbox({ now: () => nowMs })
    await charges.charge('cancelled', orderOf('deposit'))
    await charges.charge('expired', orderOf('deposit'))
    await charges.abandon('cancelled')
    nowMs = Date.parse(UNTIL)
    for (const key of ['cancelled', 'expired']) {
      expect(await charges.lookup(key)).toMatchObject({ outcome: 'declined', reason: key })
      await charges.actions.deposit(key, ORDER.amountMinor)
      expect(await charges.lookup(key)).toMatchObject({ outcome: 'succeeded', amountMinor: 12_000 })
    }
  })

  it('ends at its own time where the order has one', async () => {
    const { charges } = await openTestSandbox()
    const depositUntil = new Date(NOW_MS + 86_400_000).toISOString()
    await charges.charge('key', { ...orderOf('deposit'), depositUntil })
    expect(await charges.lookup('key')).toMatchObject({ until: depositUntil })
  })

  it('is the only kind of charge that money can arrive for', async () => {
    const { charges } = await openTestSandbox()
    await charges.charge('key', orderOf('bank'))
    expect(await charges.actions.deposit('key', 1)).toEqual({ status: 'charge-unknown' })
    expect(await charges.actions.deposit('other', 1)).toEqual({ status: 'charge-unknown' })
  })

  it('is refunded whole by an order without an amount, and again after more has arrived', async () => {
    const { charges } = await openTestSandbox()
    await charges.charge('key', orderOf('deposit'))
    await charges.actions.deposit('key', 12_001)
    const whole = { chargeKey: 'key' }
    expect(await charges.refund('r', whole)).toMatchObject({ status: 'made', made: { amountMinor: 12_001 } })
    expect(await charges.refund('r', whole)).toMatchObject({ status: 'repeated' })
    expect(await charges.refund('s', whole)).toMatchObject({ status: 'not-refundable' })
    expect(await charges.refund('r', { ...whole, amountMinor: 12_001 })).toEqual({ status: 'key-reused' })
    await charges.actions.deposit('key', 12_000)
    expect(await charges.refund('s', whole)).toMatchObject({ status: 'made', made: { amountMinor: 12_000 } })
  })
})
