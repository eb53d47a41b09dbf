import { describe, expect, it } from 'vitest'
import { settleApart } from './settle-apart.ts'
import type { ChargedPayment, SettledPayment } from './settle-payments.ts'

const charged = (id: string, ...quantities: number[]): ChargedPayment => ({
  payment: {
    ...{ id, account: 'a', room: 'r', hold: id, amountMinor: 1, currency: 'KRW', method: 'm' },
    basket: quantities.map((quantity, type) => ({ type, quantity })),
  },
  outcome: { status: 'succeeded', chargeId: id },
})

/** Settles everything except invalid payments, and records the batches it was given. */
function settler(bad: Record<string, Error> = {}) {
  const batches: string[][] = []
  async function settle(batch: readonly ChargedPayment[]): Promise<Map<string, SettledPayment>> {
    batches.push(batch.map(({ payment }) => payment.id))
    for (const { payment } of batch) if (bad[payment.id] !== undefined) throw bad[payment.id]
    return new Map(batch.map(({ payment }) => [payment.id, { payment, state: 'confirmed' }]))
  }
  return { settle, batches }
}

describe('settling in separate transactions', () => {
  it('puts as many payments into a transaction as fit its unit limit', async () => {
    const { settle, batches } = settler()
    const batch = [charged('a', 2, 2), charged('b', 1), charged('c', 9), charged('d', 1), charged('e', 4)]
    const results = await settleApart(batch, 5, settle)
    expect(batches).toEqual([['a', 'b'], ['c'], ['d', 'e']])
    expect(results.map((result) => result.status === 'settled' && result.settled?.payment.id)).toEqual([
      ...['a', 'b', 'c', 'd', 'e'],
    ])
  })

  it('settles each payment by itself when one is invalid, and reports which', async () => {
    const error = new TypeError('bad')
    const { settle, batches } = settler({ b: error })
    const results = await settleApart([charged('a', 1), charged('b', 1), charged('c', 1)], 100, settle)
    expect(results.map(({ status }) => status)).toEqual(['settled', 'failed', 'settled'])
    expect(results[1]).toEqual({ status: 'failed', error })
    expect(batches).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']])
  })

  it('does not retry payments one by one when MySQL is unavailable', async () => {
    const error = Object.assign(new Error('unavailable'), { code: 'ECONNREFUSED' })
    const { settle, batches } = settler({ b: error })
    const results = await settleApart([charged('a', 1), charged('b', 1)], 100, settle)
    expect(results).toEqual([
      { status: 'failed', error },
      { status: 'failed', error },
    ])
    expect(batches).toHaveLength(1)
  })
})
