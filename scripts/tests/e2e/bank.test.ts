import { randomUUID } from 'node:crypto'
import { count } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { providerEvents } from '../../../drizzle/schema/purchases.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { type Bank, createBank } from '../../load/replay/bank.ts'
import { replay } from '../../load/replay/replay.ts'
import { audit } from '../../operate/audit/audit.ts'
import { createLedgerClient } from '../../operate/audit/read-ledger.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { useSystem } from './use-system.ts'

const { redis } = useRedis()
const system = useSystem()
const SALE_TIMEOUT_MS = 300_000
const UNITS = 100

/** Sells a ticket to each of these fans, who pay at this bank. */
async function sellAtBank(fans: number, bank: Bank) {
  const id = `test-${randomUUID()}`
  const sale = festivalOnSale(id, Date.now(), { units: UNITS, ratePerSecond: 50, maxActive: 50 })
  await makeFestival({ db: system().db, now: Date.now }, sale)
  const { gatewayUrl, providerUrl, db } = system()
  const phase = async () => {
    const response = await fetch(`${gatewayUrl}/api/rooms/${id}/status`)
    return ((await response.json()) as { phase?: string }).phase
  }
  await expect.poll(phase).toBe('open')
  const report = await replay({ sale: [{ second: 0, reservations: fans }], gatewayUrl, festival: id, bank })
  const fetchLedger = createLedgerClient(providerUrl)
  const { inFlight, invariants } = await audit({
    db,
    redis: redis(),
    fetchLedger,
    festival: id,
    waitSeconds: 30,
  })
  const broken = invariants.filter(({ holds }) => !holds)
  return { report, inFlight, broken }
}

it('sells to fans who do not come back from the bank, by the signed events of the provider', {
  timeout: SALE_TIMEOUT_MS,
}, async () => {
  const real = createBank({ share: 1, looksAgain: false })
  const press: Bank['press'] = (url, _, signal) => real.press(url, 'approve-webhook-only', signal)
  const { report, inFlight, broken } = await sellAtBank(6, { ...real, press })
  expect(report.errorExamples).toEqual([])
  expect(report.sold).toBe(6)
  expect(real.endings).toEqual({ 'approve-webhook-only': 6 })
  const [events] = await system().db.select({ dealtWith: count() }).from(providerEvents)
  expect(events).toEqual({ dealtWith: 6 })
  expect({ inFlight, broken }).toEqual({ inFlight: 0, broken: [] })
})

it('sells to fans who leave the bank in every way', { timeout: SALE_TIMEOUT_MS }, async () => {
  const bank = createBank({ share: 1, looksAgain: true })
  const { report, inFlight, broken } = await sellAtBank(40, bank)
  expect(report.errorExamples).toEqual([])
  expect(report.sold).toBe(40)
  expect(Object.keys(bank.endings).length).toBeGreaterThan(5)
  expect({ inFlight, broken }).toEqual({ inFlight: 0, broken: [] })
})
