import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type App, listen } from '../../../shared/http/listen.ts'
import { openTestSandbox } from '../../develop/sandbox-provider/testing.ts'
import { createLedgerClient, readCharges } from './read-ledger.ts'

async function serve(app: App): Promise<string> {
  const { port, close } = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 10 })
  onTestFinished(close)
  return `http://127.0.0.1:${port}`
}

const order = { amountMinor: 500, currency: 'KRW', method: 'card-ok', reference: 'r' } as const

describe('reading the ledger', () => {
  it('finds charges and their refunds over several pages', async () => {
    const { app, charges } = await openTestSandbox({ recordsMax: 5000 })
    const keys = Array.from({ length: 2100 }, (_, i) => `payment-${i}`)
    await Promise.all(keys.map((key) => charges.charge(key, order)))
    await charges.refund('refund-1', { chargeKey: 'payment-0', amountMinor: 200 })
    await charges.refund('refund-2', { chargeKey: 'payment-0', amountMinor: 300 })
    const found = await readCharges(
      createLedgerClient(await serve(app)),
      new Set(['payment-0', 'payment-2099', 'payment-none']),
    )
    expect([...found]).toEqual([
      ['payment-0', [{ id: expect.any(String), amountMinor: 500, currency: 'KRW', refundedMinor: 500 }]],
      ['payment-2099', [{ id: expect.any(String), amountMinor: 500, currency: 'KRW', refundedMinor: 0 }]],
    ])
  })

  it('matches a charge to a payment by its reference too, and leaves out declined ones', async () => {
    const { app, charges } = await openTestSandbox()
    await charges.charge('some key', { ...order, reference: 'payment-1' })
    await charges.charge('payment-1', { ...order, method: 'card-declined' })
    const found = await readCharges(createLedgerClient(await serve(app)), new Set(['payment-1']))
    expect(found.get('payment-1')).toHaveLength(1)
  })

  it('takes a refund from the money that arrived last, and leaves out charges that are open', async () => {
    const { app, charges } = await openTestSandbox()
    const deposit = { ...order, method: 'deposit', until: '2027-01-01T00:00:00.000Z' } as const
    await charges.charge('open', deposit)
    await charges.charge('twice', deposit)
    for (let arrived = 0; arrived < 2; arrived += 1) await charges.actions.deposit('twice', 500)
    await charges.refund('refund-1', { chargeKey: 'twice', amountMinor: 600 })
    const found = await readCharges(createLedgerClient(await serve(app)), new Set(['open', 'twice']))
    expect(found.has('open')).toBe(false)
    expect(found.get('twice')).toMatchObject([{ refundedMinor: 100 }, { refundedMinor: 500 }])
  })

  it('retries a busy provider', async () => {
    let asked = 0
    const app = new Hono().get('/ledger', (c) => {
      asked += 1
      return asked < 3 ? c.body(null, 503) : c.json({ entries: [], next: null })
    })
    expect(await createLedgerClient(await serve(app))(0, 10)).toEqual({ entries: [], next: null })
    expect(asked).toBe(3)
  })

  it('reports in one line that the provider is unreachable, or that its response is invalid', async () => {
    const app = new Hono().get('/ledger', (c) => c.body(null, 401))
    const url = await serve(app)
    await expect(createLedgerClient(url)(0, 10)).rejects.toThrow(
      `The ledger of ${url} cannot be reached: it answers 401`,
    )
    await expect(createLedgerClient('http://127.0.0.1:2')(0, 10)).rejects.toThrow(
      /^The payment provider at http:\/\/127\.0\.0\.1:2 cannot be reached: .*ECONNREFUSED/,
    )
  })
})
