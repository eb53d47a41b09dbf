import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import type { ListedCharge, PaymentProvider } from '../../../origin/payments/provider.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { audit } from './audit.ts'
import { createProviderLedger } from './provider-ledger.ts'
import { readCharges } from './read-ledger.ts'
import { formatReport } from './report.ts'
import { openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const SINCE = new Date('2026-11-30T00:00:00Z')

function listed(key: string, changes: Partial<ListedCharge> = {}): ListedCharge {
  const charge = { key, chargeId: `ch_${key}`, amountMinor: 500, currency: 'KRW', refundedMinor: 0 }
  return { ...charge, status: 'succeeded', createdAt: SINCE, ...changes }
}

type Reversals = Extract<
  Awaited<ReturnType<NonNullable<PaymentProvider['findReversals']>>>,
  { status: 'found' }
>['reversals']

/** The lists of a provider, which has these charges and these disputes of them. */
function providerOf(charges: readonly ListedCharge[], disputes: Record<string, Reversals> = {}) {
  return {
    async *listCharges() {
      yield* charges
    },
    async *listReversed() {
      for (const key of Object.keys(disputes)) yield { key, kind: 'dispute' as const }
    },
    findReversals: async ({ key }: { key: string }) => ({
      status: 'found' as const,
      reversals: disputes[key] ?? [],
    }),
  }
}

const dispute = (state: Reversals[number]['state']): Reversals => [
  { id: 'dp_1', kind: 'dispute', state, amountMinor: 500, madeAt: SINCE },
]

describe('the ledger of a provider that lists its charges', () => {
  it('has charges with what was refunded of them, over several pages and as often as it is read', async () => {
    const charges = Array.from({ length: 1500 }, (_, i) => listed(`payment-${i}`))
    const provider = providerOf([
      ...charges,
      listed('refunded', { refundedMinor: 200 }),
      listed('open', { status: 'open' }),
      listed('declined', { status: 'declined' }),
    ])
    const ledger = createProviderLedger(provider, { name: 'stripe', since: SINCE })
    const keys = new Set(['payment-0', 'payment-1499', 'refunded', 'open', 'declined'])
    for (let time = 0; time < 2; time += 1) {
      const found = [...(await readCharges(ledger, keys))]
      expect(found.map(([key, [charge]]) => [key, charge?.id, charge?.refundedMinor])).toEqual([
        ['payment-0', 'ch_payment-0', 0],
        ['payment-1499', 'ch_payment-1499', 0],
        ['refunded', 'ch_refunded', 200],
      ])
    }
  })

  it('counts a lost dispute as given back, and an open or won one not', async () => {
    const provider = providerOf([listed('lost'), listed('open'), listed('won')], {
      lost: dispute('done'),
      open: dispute('open'),
      won: dispute('failed'),
    })
    const ledger = createProviderLedger(provider, { name: 'stripe', since: SINCE })
    const found = await readCharges(ledger, new Set(['lost', 'open', 'won']))
    expect([...found].map(([key, [charge]]) => [key, charge?.refundedMinor])).toEqual([
      ['lost', 500],
      ['open', 0],
      ['won', 0],
    ])
  })

  it('says in one line that the provider does not answer', async () => {
    const provider = {
      // biome-ignore lint/correctness/useYield: it fails before its first charge.
      async *listCharges(): AsyncGenerator<ListedCharge> {
        throw new Error('Invalid API Key')
      },
    }
    const ledger = createProviderLedger(provider, { name: 'stripe', since: SINCE })
    await expect(ledger(0, 10)).rejects.toThrow(
      'The payment provider stripe cannot be reached: Invalid API Key',
    )
  })
})

describe('an audit without a ledger', () => {
  it('compares no charges, and breaks no invariant for it', async () => {
    const sale = await openTestSale({ db: db(), redis: redis() })
    await sale.buy(2)
    const notChecked = ['charges at the provider']
    const stores = { db: db(), redis: redis(), fetchLedger: undefined }
    const report = await audit({ ...stores, notChecked, festival: sale.festival.id, waitSeconds: 0 })
    expect(formatReport(report)).toContain('\nNot checked: charges at the provider\n')
    expect(report).toMatchObject({ holds: true, notChecked: ['charges at the provider'] })
    expect(report.invariants[2]?.checked).toEqual({ payments: 1, orders: 1 })
  })
})
