import { describe, expect, it } from 'vitest'
import { ORDER, openTestSandbox } from './testing.ts'

const SLOW = { medianMs: 50, p99Ms: 50 }

/** A latency that lasts until the test ends it, and counts the waiting requests. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  let waitingCount = 0
  return {
    open: resolve,
    waitingCount: () => waitingCount,
    wait: () => {
      waitingCount += 1
      return promise
    },
  }
}

describe('a charge', () => {
  it('is created once when two requests with its key are in flight concurrently', async () => {
    const gate = createGate()
    const { charges, ledger } = await openTestSandbox({ dials: SLOW, wait: gate.wait })
    const both = [charges.charge('key', ORDER), charges.charge('key', { ...ORDER })]
    expect(gate.waitingCount()).toBe(1)
    gate.open()
    const [first, second] = await Promise.all(both)
    expect(first).toMatchObject({ status: 'made', made: { outcome: 'succeeded', key: 'key' } })
    expect(second).toMatchObject({ status: 'repeated', made: { id: ledger.records[0]?.id } })
    expect(ledger.records).toHaveLength(1)
  })

  it('is created once however many concurrent requests there are', async () => {
    const { charges, ledger } = await openTestSandbox()
    const results = await Promise.all(Array.from({ length: 50 }, () => charges.charge('key', ORDER)))
    expect(results.filter((result) => result.status === 'made')).toHaveLength(1)
    expect(results.filter((result) => result.status === 'repeated')).toHaveLength(49)
    expect(ledger.records).toHaveLength(1)
  })

  it('refuses its key to another order, before and after it is decided', async () => {
    const gate = createGate()
    const { charges, ledger } = await openTestSandbox({ dials: SLOW, wait: gate.wait })
    const made = charges.charge('key', ORDER)
    const others = [
      { ...ORDER, amountMinor: 1 },
      { ...ORDER, currency: 'EUR' },
      { ...ORDER, method: 'card-declined' as const },
      { ...ORDER, reference: 'order-2' },
    ]
    for (const other of others) expect(await charges.charge('key', other)).toEqual({ status: 'key-reused' })
    gate.open()
    await made
    for (const other of others) expect(await charges.charge('key', other)).toEqual({ status: 'key-reused' })
    expect(ledger.records).toHaveLength(1)
  })

  it('fails before it is recorded, for all concurrent requests, and leaves its key free', async () => {
    const gate = createGate()
    const { charges, dials, ledger } = await openTestSandbox({
      dials: { ...SLOW, errorShare: 1 },
      wait: gate.wait,
    })
    const waiting = [charges.charge('key', ORDER), charges.charge('key', ORDER)]
    const lookup = charges.lookup('key')
    gate.open()
    expect(await Promise.all(waiting)).toEqual([{ status: 'failed' }, { status: 'failed' }])
    expect(await lookup).toBeUndefined()
    expect(ledger.records).toEqual([])
    dials.change({ errorShare: 0 })
    expect(await charges.charge('key', { ...ORDER, amountMinor: 1 })).toMatchObject({ status: 'made' })
  })

  it('is waited for by a look-up while it is being created', async () => {
    const gate = createGate()
    const { charges } = await openTestSandbox({ dials: SLOW, wait: gate.wait })
    const made = charges.charge('key', ORDER)
    const lookup = charges.lookup('key')
    gate.open()
    await made
    expect(await lookup).toMatchObject({ key: 'key', outcome: 'succeeded' })
    expect(await charges.lookup('other')).toBeUndefined()
  })

  it('that is declined stays declined under its key', async () => {
    const { charges, dials } = await openTestSandbox({ dials: { declineShare: 1 } })
    const declined = await charges.charge('key', ORDER)
    expect(declined).toMatchObject({ status: 'made', made: { outcome: 'declined', reason: 'card-declined' } })
    dials.change({ declineShare: 0 })
    expect(await charges.charge('key', ORDER)).toMatchObject({
      status: 'repeated',
      made: { outcome: 'declined' },
    })
    expect(await charges.charge('other', { ...ORDER, method: 'card-declined' })).toMatchObject({
      made: { outcome: 'declined' },
    })
  })

  it('is refused when the ledger is full, while older ones can still be read', async () => {
    const { charges } = await openTestSandbox({ recordsMax: 1 })
    await charges.charge('a', ORDER)
    expect(await charges.charge('b', ORDER)).toEqual({ status: 'ledger-full' })
    expect(await charges.charge('a', ORDER)).toMatchObject({ status: 'repeated' })
    expect(await charges.refund('r', { chargeKey: 'a', amountMinor: 1 })).toEqual({ status: 'ledger-full' })
  })
})

describe('a refund', () => {
  const refund = (amountMinor: number) => ({ chargeKey: 'key', amountMinor })

  it('never exceeds the charge, also with many concurrent requests', async () => {
    const gate = createGate()
    const { charges, dials, ledger } = await openTestSandbox({ wait: gate.wait })
    await charges.charge('key', ORDER)
    dials.change(SLOW)
    const refunds = Array.from({ length: 10 }, (_, i) => charges.refund(`refund-${i}`, refund(5000)))
    gate.open()
    const results = await Promise.all(refunds)
    expect(results.filter((result) => result.status === 'made')).toHaveLength(2)
    expect(results.filter((result) => result.status === 'not-refundable')).toHaveLength(8)
    expect(ledger.records).toHaveLength(3)
    expect(await charges.refund('rest', refund(2001))).toMatchObject({ status: 'not-refundable' })
    expect(await charges.refund('rest', refund(2000))).toMatchObject({ status: 'made' })
  })

  it('is created once for its key, and refuses the key to another order', async () => {
    const { charges, ledger } = await openTestSandbox()
    await charges.charge('key', ORDER)
    const results = await Promise.all([charges.refund('r', refund(1)), charges.refund('r', refund(1))])
    expect(results.map((result) => result.status).toSorted()).toEqual(['made', 'repeated'])
    expect(await charges.refund('r', refund(2))).toEqual({ status: 'key-reused' })
    expect(ledger.records).toHaveLength(2)
  })

  it('waits for a charge that is being created', async () => {
    const gate = createGate()
    const { charges } = await openTestSandbox({ dials: SLOW, wait: gate.wait })
    const charge = charges.charge('key', ORDER)
    const refunded = charges.refund('r', refund(1))
    gate.open()
    await charge
    expect(await refunded).toMatchObject({ status: 'made' })
  })

  it('requires a charge that succeeded', async () => {
    const { charges } = await openTestSandbox()
    expect(await charges.refund('r', refund(1))).toEqual({ status: 'charge-unknown' })
    await charges.charge('key', { ...ORDER, method: 'card-declined' })
    expect(await charges.refund('r', refund(1))).toMatchObject({ status: 'not-refundable' })
  })
})

describe('after a restart', () => {
  it('charges, refunds and the refundable rest are restored', async () => {
    const before = await openTestSandbox()
    await before.charges.charge('key', ORDER)
    await before.charges.refund('r', { chargeKey: 'key', amountMinor: 11_999 })
    const charge = await before.charges.lookup('key')
    await before.ledger.close()

    const { charges, ledger } = await openTestSandbox({ path: before.path })
    expect(await charges.lookup('key')).toEqual(charge)
    expect(await charges.charge('key', ORDER)).toEqual({ status: 'repeated', made: charge })
    expect(await charges.refund('r', { chargeKey: 'key', amountMinor: 11_999 })).toMatchObject({
      status: 'repeated',
    })
    expect(await charges.refund('s', { chargeKey: 'key', amountMinor: 2 })).toMatchObject({
      status: 'not-refundable',
    })
    expect(ledger.records).toHaveLength(2)
  })
})
