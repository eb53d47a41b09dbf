import { expect, it } from 'vitest'
import { type Load, nextHealth } from './next-health.ts'

const limits = { cpuShareMax: 0.7, loopDelayMsMax: 100, queueShareMax: 0.5 }
const idle: Load = { cpuShare: 0, loopDelayMs: 0, queueShare: 0 }
const calm: Load = { cpuShare: 0.3, loopDelayMs: 10, queueShare: 0 }

it.each([
  ['processor', { ...calm, cpuShare: 0.71 }],
  ['event loop', { ...calm, loopDelayMs: 101 }],
  ['queue', { ...calm, queueShare: 0.51 }],
])('falls by a share when the %s is over its limit, and never to nought', (_, load) => {
  expect(nextHealth(1, load, limits)).toBeCloseTo(0.7)
  let health = 1
  for (let second = 0; second < 100; second += 1) health = nextHealth(health, load, limits)
  expect(health).toBeGreaterThan(0)
  expect(health).toBeLessThan(0.05)
})

it('rises step by step to the full rate and no higher, and by smaller steps near a limit', () => {
  expect(nextHealth(0.5, idle, limits)).toBeCloseTo(0.6)
  expect(nextHealth(0.5, { ...idle, cpuShare: 0.69 }, limits)).toBeLessThan(0.502)
  expect(nextHealth(0.98, idle, limits)).toBe(1)
})

it('keeps an origin near its limit at any demand, whatever it can take', () => {
  for (const capacity of [0.05, 0.3, 0.9]) {
    let health = 1
    const shares: number[] = []
    for (let second = 0; second < 300; second += 1) {
      // The load follows the people let in; the queue of those who wait is endless.
      const cpuShare = (0.7 * health) / capacity
      if (second > 60) shares.push(Math.min(cpuShare, 1))
      health = nextHealth(health, { ...calm, cpuShare }, limits)
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    expect(mean).toBeLessThan(0.8)
    expect(mean).toBeGreaterThan(0.4)
  }
})
