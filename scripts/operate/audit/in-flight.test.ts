import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { releaseHold } from '../../../origin/holds/release-hold.ts'
import type { QueuedPayment } from '../../../origin/payments/payment-entry.ts'
import { endWaiting, NOT_DONE_IN_TIME } from '../../../origin/payments/process/end-waiting.ts'
import { recordWaiting } from '../../../origin/payments/process/record-waiting.ts'
import type { ChargedPayment, SettledPayment } from '../../../origin/payments/process/settle-payments.ts'
import { showWaiting } from '../../../origin/payments/process/show-waiting.ts'
import { startPaymentWorker } from '../../../origin/payments/process/worker.ts'
import { testWorkerDeps } from '../../../origin/testing/payments.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { formatReport } from './report.ts'
import { auditDuring, brokenIn, openTestSale, type TestFan, type TestSale } from './testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const open = (options = {}) => openTestSale({ db: db(), redis: redis() }, options)

function startWorker({ festival, provider }: TestSale): void {
  const worker = startPaymentWorker(
    testWorkerDeps(
      { db: db(), redis: redis(), provider },
      {
        ...{
          consumer: 'worker',
          batchMax: 10,
          chargeConcurrency: 10,
          attemptsMax: 12,
          expireMarginMs: 30_000,
        },
        backoff: { baseMs: 400, maxMs: 2000 },
      },
    ),
    festival.id,
  )
  onTestFinished(() => worker.stop())
}

/** The steps of a payment through the stores; each is durable before the next. */
function payInSteps(sale: TestSale, fan: TestFan): (() => Promise<unknown>)[] {
  const queued = Promise.withResolvers<QueuedPayment>()
  const charged = Promise.withResolvers<ChargedPayment>()
  const settled = Promise.withResolvers<SettledPayment>()
  return [
    () => sale.accept(fan),
    async () => {
      queued.resolve(await sale.take())
      await sale.record(await queued.promise)
    },
    async () => charged.resolve(await sale.charge(await queued.promise)),
    async () => settled.resolve(await sale.settle(await charged.promise)),
    async () => sale.finish(await queued.promise, await settled.promise),
  ]
}

describe('payments in flight', () => {
  it('are allowed for at every step, and the report says so', async () => {
    const sale = await open()
    const fan = await sale.admitFan()
    await sale.hold(fan, 2)
    await sale.accept(fan)
    const judged = async () => {
      const report = await sale.audit()
      expect(brokenIn(report)).toEqual([])
      return report
    }
    expect((await judged()).inFlight).toBe(1)
    const queued = await sale.take()
    await sale.record(queued)
    expect((await judged()).inFlight).toBe(1)
    const charged = await sale.charge(queued)
    expect((await judged()).inFlight).toBe(1)
    const settled = await sale.settle(charged)
    const report = await judged()
    expect(formatReport(report)).toContain('; judged while 1 payment was in flight')
    await sale.finish(queued, settled)
    expect((await judged()).inFlight).toBe(0)
  })

  it('are at rest while they wait for their fans, and when that has ended', async () => {
    const sale = await open()
    const fan = await sale.admitFan()
    await sale.hold(fan, 2)
    await sale.accept(fan)
    const queued = await sale.take()
    await sale.record(queued)
    const { payment } = queued
    const action = { kind: 'redirect', url: 'https://bank.test' } as const
    const required = { action, until: new Date(Date.now() - 1) }
    await recordWaiting(db(), [{ payment, required }], new Date())
    expect(brokenIn(await sale.audit())).toEqual([])
    const { amountMinor, currency } = payment
    await showWaiting(redis(), queued, { ...required, amountMinor, currency })
    expect(await sale.audit()).toMatchObject({ holds: true, inFlight: 0 })
    const { provider } = sale
    const deps = { db: db(), redis: redis(), provider, now: Date.now, rememberSeconds: 60 }
    const ended = await endWaiting(deps, payment.id, { reason: NOT_DONE_IN_TIME, keepsHold: false })
    expect(ended).toEqual({ status: 'ended', state: 'expired' })
    expect(await sale.audit()).toMatchObject({ holds: true, inFlight: 0 })
  })

  it('are waited for before the evaluation', async () => {
    const sale = await open()
    const fan = await sale.admitFan()
    await sale.hold(fan)
    await sale.accept(fan)
    const audited = sale.audit(10)
    await wait(400)
    startWorker(sale)
    expect(await audited).toMatchObject({ holds: true, inFlight: 0 })
  })

  it.each([0, 1, 2, 3, 4])('may continue from step %i to their end while the audit reads', async (begun) => {
    const sale = await open()
    await sale.buy()
    const fan = await sale.admitFan()
    await sale.hold(fan)
    const steps = payInSteps(sale, fan)
    for (const step of steps.slice(0, begun)) await step()
    const report = await auditDuring({ db: db(), redis: redis() }, sale, steps.slice(begun))
    expect(brokenIn(report)).toEqual([])
  })

  it('never make an audit during a rush report anything, whatever the provider does', async () => {
    const sale = await open({ quantities: [60, 10] })
    sale.dials.change({ medianMs: 20, p99Ms: 200, errorShare: 0.1, loseAnswerShare: 0.1 })
    startWorker(sale)
    let selling = true
    const rush = Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        await wait(i * 25)
        const fan = await sale.admitFan()
        await sale.hold(fan, 1)
        if (i % 7 === 0) await releaseHold(redis(), { room: sale.festival.id, passId: fan.passId })
        else await sale.accept(fan, i % 5 === 0 ? 'card-declined' : 'card-ok')
      }),
    ).finally(() => {
      selling = false
    })
    let busy = 0
    while (selling) {
      const report = await sale.audit()
      expect(brokenIn(report)).toEqual([])
      if (report.inFlight > 0) busy += 1
    }
    await rush
    expect(busy).toBeGreaterThan(0)
    expect(await sale.audit(20)).toMatchObject({ holds: true, inFlight: 0 })
  })
})
