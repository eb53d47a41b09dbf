import { setTimeout as wait } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { festivals, rooms } from '../../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { releaseHold } from '../../../origin/holds/release-hold.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { audit, UnknownFestival } from './audit.ts'
import { createLedgerClient } from './read-ledger.ts'
import { formatReport } from './report.ts'
import { brokenIn, openTestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const open = (options = {}) => openTestSale({ db: db(), redis: redis() }, options)

describe('a healthy festival', () => {
  it('holds before anything is sold', async () => {
    const report = await (await open()).audit()
    expect(brokenIn(report)).toEqual([])
    expect(report.invariants[0]?.checked).toEqual({ ticketTypes: 2, units: 15 })
  })

  it('holds with orders, declined payments, holds and released holds, and reports how much was checked', async () => {
    const sale = await open()
    await sale.buy(2, 1)
    await sale.buy(1)
    const declined = await sale.admitFan()
    await sale.hold(declined, 2)
    await sale.pay(declined, 'card-declined')
    const holder = await sale.admitFan()
    await sale.hold(holder, 1, 2)
    const releaser = await sale.admitFan()
    await sale.hold(releaser, 1)
    await releaseHold(redis(), { room: sale.festival.id, passId: releaser.passId })
    const report = await sale.audit()
    expect(brokenIn(report)).toEqual([])
    expect(report).toMatchObject({ holds: true, festivals: [sale.festival.id], inFlight: 0 })
    expect(report.invariants.map(({ checked }) => checked)).toEqual([
      { ticketTypes: 2, units: 15 },
      { units: 4, orders: 2, tickets: 4 },
      { orders: 2, payments: 3, charges: 2 },
      { accounts: 4 },
      { livePasses: 3, calls: 5 },
      { entries: 5, claims: 5, retryRecords: 5 },
      { called: 5 },
      { tickets: 4, checkIns: 0 },
    ])
  })

  it('holds when a payment that found no unit was refunded', async () => {
    const sale = await open({ quantities: [1] })
    const late = await sale.admitFan()
    // Redis reports a unit that MySQL does not have, for long enough to sell it.
    await redis().hincrby(sale.keys.stock, `free:${sale.type}`, 1)
    await sale.hold(late)
    await sale.buy()
    expect((await sale.pay(late)).state).toBe('refunding')
    await redis().hincrby(sale.keys.stock, `sold:${sale.type}`, -1)
    expect(brokenIn(await sale.audit())).toEqual([])
  })

  it('holds when Redis does not know the room, and reports this for a published one', async () => {
    const sale = await open()
    await sale.buy()
    await redis().del(sale.keys.settings)
    const report = await sale.audit()
    expect(brokenIn(report)).toEqual([])
    expect(report.withoutRoom).toEqual([sale.festival.id])
    expect(formatReport(report)).toContain(`Redis does not know the room of ${sale.festival.id}`)
    await db().update(rooms).set({ archivedAt: new Date() }).where(eq(rooms.id, sale.festival.id))
    expect((await sale.audit()).withoutRoom).toEqual([])
    await db().update(rooms).set({ archivedAt: null }).where(eq(rooms.id, sale.festival.id))
    await db().update(festivals).set({ published: false }).where(eq(festivals.id, sale.festival.id))
    expect((await sale.audit()).withoutRoom).toEqual([])
  })
})

it('fails for an unknown festival instead of reporting that it holds', async () => {
  const { providerUrl } = await open()
  const stores = { db: db(), redis: redis(), fetchLedger: createLedgerClient(providerUrl) }
  await expect(audit({ ...stores, festival: 'none', waitSeconds: 0 })).rejects.toThrow(UnknownFestival)
})

it('names the first ten that break an invariant, and how many there are', async () => {
  const sale = await open({ quantities: [20] })
  for (let n = 1; n <= 12; n += 1) await sale.buy()
  await redis().del(sale.keys.counts)
  const report = await sale.audit()
  expect(report.invariants[3]?.breaches).toMatchObject([{ count: 12, festival: sale.festival.id }])
  expect(report.invariants[3]?.breaches[0]?.first).toHaveLength(10)
  expect(formatReport(report)).toContain('and 2 more')
})

it('checks a breach twice, so that one that was fixed meanwhile is not reported', async () => {
  const sale = await open()
  await redis().hincrby(sale.keys.stock, `free:${sale.type}`, -1)
  const audited = sale.audit(10)
  await wait(100)
  await redis().hincrby(sale.keys.stock, `free:${sale.type}`, 1)
  expect(brokenIn(await audited)).toEqual([])
})
