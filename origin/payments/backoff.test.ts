import { describe, expect, it } from 'vitest'
import { restMs, restMsMin } from './backoff.ts'

const backoff = { baseMs: 2000, maxMs: 60_000 }
const entries = Array.from({ length: 500 }, (_, i) => `17000000${i}-${i % 3}`)

describe('the backoff of an entry', () => {
  it('doubles with each delivery, and stays in the upper half of its bounds', () => {
    for (const [deliveries, mostMs] of [
      [1, 2000],
      [2, 4000],
      [5, 32_000],
      [6, 60_000],
      [1000, 60_000],
    ] as const) {
      const rests = entries.map((entry) => restMs(backoff, entry, deliveries))
      expect(Math.min(...rests)).toBeGreaterThanOrEqual(mostMs / 2)
      expect(Math.max(...rests)).toBeLessThanOrEqual(mostMs)
    }
  })

  it('is the same for all workers and differs between entries and deliveries', () => {
    expect(restMs(backoff, '1-1', 1)).toBe(restMs(backoff, '1-1', 1))
    for (const deliveries of [1, 9]) {
      const rests = entries.map((entry) => restMs(backoff, entry, deliveries))
      const [min, max] = [Math.min(...rests), Math.max(...rests)]
      expect(max - min).toBeGreaterThan((restMs(backoff, '1-1', deliveries) / 2) * 0.8)
    }
    expect(restMs(backoff, '1-1', 20)).not.toBe(restMs(backoff, '1-1', 21))
  })

  it('is never shorter than the minimum that scans use', () => {
    expect(restMsMin(backoff)).toBe(1000)
    expect(restMsMin({ baseMs: 5000, maxMs: 100 })).toBe(50)
    expect(Math.min(...entries.map((entry) => restMs(backoff, entry, 1)))).toBeGreaterThanOrEqual(1000)
  })
})
