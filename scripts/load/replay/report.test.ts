import { describe, expect, it } from 'vitest'
import { createCrowd } from './crowd.ts'
import { createFanRecord } from './fan-record.ts'
import { createReport, type ReportInput } from './report.ts'
import { longestPause, orderRate, percentile, statsOf } from './stats.ts'
import { formatJson, formatTable } from './table.ts'

describe('percentiles', () => {
  it('are nearest-rank: the smallest value that the given share does not exceed', () => {
    // The example of Wikipedia, "Percentile", section "The nearest-rank method".
    const sorted = [15, 20, 35, 40, 50]
    expect([0.05, 0.3, 0.4, 0.5, 1].map((share) => percentile(sorted, share))).toEqual([15, 20, 20, 35, 50])
  })

  it('are always measured values', () => {
    expect(statsOf([3, 1, 2])).toEqual({ count: 3, p50Ms: 2, p95Ms: 3, p99Ms: 3, maxMs: 3 })
    expect(statsOf([7.25])).toEqual({ count: 1, p50Ms: 7.3, p95Ms: 7.3, p99Ms: 7.3, maxMs: 7.3 })
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(statsOf(hundred)).toEqual({ count: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99, maxMs: 100 })
  })

  it('are null when nothing was measured', () => {
    expect(statsOf([])).toEqual({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null })
  })
})

describe('the rate of orders', () => {
  it('divides all by the time from the first to the last, and has the best second', () => {
    expect(orderRate([1900, 500, 1100, 1200, 4500])).toEqual({ ordersPerSecond: 1.3, ordersPeakPerSecond: 3 })
  })

  it('is null for fewer than two', () => {
    expect(orderRate([])).toEqual({ ordersPerSecond: null, ordersPeakPerSecond: 0 })
    expect(orderRate([500])).toEqual({ ordersPerSecond: null, ordersPeakPerSecond: 1 })
  })
})

describe('the longest pause', () => {
  it('is the longest time from a given instant on in which nothing happened', () => {
    expect(longestPause(1000, [200, 1300, 1400, 900, 2100])).toBe(700)
    expect(longestPause(1000, [1900, 2000])).toBe(900)
  })

  it('is null when nothing happened after the instant', () => {
    expect(longestPause(1000, [900])).toBe(0)
  })
})

describe('a report', () => {
  it('states when Redis failed over, and the longest time without a confirmed order after that', () => {
    expect(createReport(input())).not.toHaveProperty('failover')
    const given = input()
    given.crowd.confirmedMs.splice(0, Number.POSITIVE_INFINITY, 1200, 3200, 6700, 7000)
    const report = createReport({ ...given, failedOverMs: 3000 })
    expect(report.failover).toEqual({ atSeconds: 2, stillSeconds: 3.5 })
    expect(formatTable(report)).toContain('after 2.0 s; then at most 3.5 s without an order')
  })

  it("counts the fans' outcomes, and shows one error of each kind, the most frequent first", () => {
    const { errorExamples, ...report } = createReport(input())
    expect(report).toMatchObject({
      fans: 8,
      sold: 2,
      rejected: 2,
      declined: 1,
      refunded: 0,
      errors: 4,
      stopped: 0,
    })
    expect(report.rejectedReasons).toEqual({ 'sold-out': 1, closed: 1 })
    expect(errorExamples).toEqual([
      { fans: 2, email: 'fan-4', step: 'claim', status: 500, code: 'internal', detail: 'first' },
      { fans: 1, email: 'fan-1', step: 'verify', status: 404, code: 'not-found', detail: 'lost' },
      { fans: 1, email: 'fan-6', step: 'claim', status: 404, code: 'not-found', detail: 'gone' },
    ])
  })

  it('keeps ten examples at most', () => {
    const records = Array.from({ length: 30 }, (_, i) => ({
      ...createFanRecord(i, `fan-${i}`),
      error: { step: 'pay', status: 400 + i, detail: 'odd' } as const,
    }))
    expect(createReport({ ...input(), records }).errorExamples).toHaveLength(10)
  })

  it('is a table for people', () => {
    const table = formatTable(createReport(input()))
    expect(table).toContain(
      'Replayed in 12.5 s: harbour at http://127.0.0.1:1, 3 fans for each recorded, seed 7',
    )
    expect(table).toMatch(/^ {2}sold +2$/m)
    expect(table).toMatch(/^ {2}rejected +2 {2}sold-out 1, closed 1$/m)
    expect(table).toMatch(/^ {2}milliseconds +count +p50 +p95 +p99 +max$/m)
    expect(table).toMatch(/^ {2}buying \(claim → paid\) +2 +100\.0 +200\.0 +200\.0 +200\.0$/m)
    expect(table).toMatch(/^ {2}hold +0 +– +– +– +–$/m)
    expect(table).toMatch(/orders per second +2\.0 from the first to the last; at most 1 in one second/)
    expect(table).toContain('2 × claim 500 internal: first (fan-4)')
  })

  it('is one JSON object for programs, without the fans', () => {
    const text = formatJson(createReport(input()))
    expect(text.trimEnd()).not.toContain('\n')
    const parsed: unknown = JSON.parse(text)
    expect(parsed).toMatchObject({ fans: 8, ordersPerSecond: 2, steps: { buying: { count: 2, p95Ms: 200 } } })
    expect(parsed).not.toHaveProperty('records')
  })
})

function input(): ReportInput {
  const crowd = createCrowd()
  Object.assign(crowd, {
    arrived: 8,
    entered: 8,
    admitted: 6,
    rejected: 2,
    errors: 4,
    confirmedMs: [1100, 2100],
  })
  crowd.samples.buying.push(100, 200)
  const lost = { step: 'verify', status: 404, code: 'not-found', detail: 'lost' } as const
  const ends = [
    { outcome: 'confirmed' },
    { outcome: 'confirmed', error: lost },
    { outcome: 'rejected', reason: 'sold-out' },
    { outcome: 'rejected', reason: 'closed' },
    { outcome: 'error', error: { step: 'claim', status: 500, code: 'internal', detail: 'first' } },
    { outcome: 'error', error: { step: 'claim', status: 500, code: 'internal', detail: 'second' } },
    { outcome: 'error', error: { step: 'claim', status: 404, code: 'not-found', detail: 'gone' } },
    { outcome: 'declined' },
  ] as const
  return {
    gatewayUrl: 'http://127.0.0.1:1',
    festival: 'harbour',
    times: 3,
    seed: 7,
    interrupted: false,
    startedMs: 1000,
    durationSeconds: 12.5,
    client: { requests: 9, queuedMaxMs: 0, lateMaxMs: 1, eventLoopDelayP99Ms: 2 },
    crowd,
    records: ends.map((end, i) => ({ ...createFanRecord(i, `fan-${i}`), ...end })),
  }
}
