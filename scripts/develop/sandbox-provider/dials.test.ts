import { describe, expect, it } from 'vitest'
import { type Behaviour, createDials, createRandom, type DialSettings } from './dials.ts'
import { NO_DIALS } from './testing.ts'

function draws(
  count: number,
  dials: Partial<DialSettings>,
  { seed = 1, latencyCapMs = 60_000 } = {},
): Behaviour[] {
  const made = createDials({ seed, latencyCapMs, dials: { ...NO_DIALS, ...dials } })
  return Array.from({ length: count }, () => made.draw())
}

function percentile(values: number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]
}

describe('the random numbers', () => {
  it('are those of mulberry32', () => {
    const random = createRandom(1)
    const words = [random(), random(), random(), random()].map((value) => value * 2 ** 32)
    expect(words).toEqual([2_693_262_067, 11_749_833, 2_265_367_787, 4_213_581_821])
  })
})

describe('the dials', () => {
  const busy = { declineShare: 0.2, errorShare: 0.1, loseAnswerShare: 0.05, medianMs: 60, p99Ms: 400 }

  it('give the same outcomes for the same seed, and others for another', () => {
    expect(draws(100, busy)).toEqual(draws(100, busy))
    expect(draws(100, busy, { seed: 2 })).not.toEqual(draws(100, busy))
  })

  it('give each outcome its share', () => {
    const fates = draws(20_000, busy)
    const share = (name: 'declines' | 'fails' | 'losesAnswer') =>
      fates.filter((behaviour) => behaviour[name]).length / 20_000
    expect(share('declines')).toBeCloseTo(0.2, 1.9)
    expect(share('fails')).toBeCloseTo(0.1, 1.9)
    expect(share('losesAnswer')).toBeCloseTo(0.05, 1.9)
  })

  it('never choose an outcome with a share of 0 and always one with a share of 1', () => {
    expect(draws(1000, {}).some(({ fails, declines, losesAnswer }) => fails || declines || losesAnswer)).toBe(
      false,
    )
    const fates = draws(1000, { declineShare: 1, errorShare: 1, loseAnswerShare: 1 })
    expect(fates.every(({ fails, declines, losesAnswer }) => fails && declines && losesAnswer)).toBe(true)
  })

  it('give latencies with the configured median and 99th percentile', () => {
    const latencies = draws(50_000, busy).map((behaviour) => behaviour.latencyMs)
    expect(percentile(latencies, 0.5)).toBeGreaterThan(58)
    expect(percentile(latencies, 0.5)).toBeLessThan(62)
    expect(percentile(latencies, 0.99)).toBeGreaterThan(380)
    expect(percentile(latencies, 0.99)).toBeLessThan(420)
  })

  it('give no latency above the cap, and none at all for a median of 0', () => {
    const capped = draws(10_000, { medianMs: 60, p99Ms: 400 }, { latencyCapMs: 100 })
    expect(Math.max(...capped.map((behaviour) => behaviour.latencyMs))).toBe(100)
    expect(draws(100, { medianMs: 0, p99Ms: 400 }).every((behaviour) => behaviour.latencyMs === 0)).toBe(true)
  })

  it('leave the random numbers of later requests unchanged when one dial is changed', () => {
    const declines = (dials: Partial<DialSettings>) =>
      draws(100, dials).map((behaviour) => behaviour.declines)
    expect(declines({ declineShare: 0.5, errorShare: 1, medianMs: 10, p99Ms: 10 })).toEqual(
      declines({ declineShare: 0.5 }),
    )
  })

  it('apply all changes or none', () => {
    const dials = createDials({
      seed: 1,
      latencyCapMs: 1000,
      dials: { ...NO_DIALS, medianMs: 10, p99Ms: 20 },
    })
    expect(dials.change({ errorShare: 1, medianMs: 30 })).toEqual({ status: 'p99-below-median' })
    expect(dials.read()).toEqual({ ...NO_DIALS, medianMs: 10, p99Ms: 20 })
    expect(dials.change({ medianMs: 30, p99Ms: 30 })).toEqual({
      status: 'changed',
      dials: { ...NO_DIALS, medianMs: 30, p99Ms: 30 },
    })
  })
})
