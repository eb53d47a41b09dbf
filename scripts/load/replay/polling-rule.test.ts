import { expect, it } from 'vitest'
import { pollDelayMs } from './polling-rule.ts'

const RULE = { nearPositions: 2000, nearSeconds: 2, farSeconds: 30, jitterShare: 0.2 }
const MIDDLE = () => 0.5

it.each([
  { ahead: 1, seconds: 2 },
  { ahead: 2000, seconds: 2 },
  { ahead: 4000, seconds: 4 },
  { ahead: 20_000, seconds: 20 },
  { ahead: 30_000, seconds: 30 },
  { ahead: 1_000_000, seconds: 30 },
])('asks again after $seconds s with $ahead ahead', ({ ahead, seconds }) => {
  expect(pollDelayMs(RULE, ahead, MIDDLE)).toBe(seconds * 1000)
})

it('varies the delay by the share in either direction', () => {
  expect(pollDelayMs(RULE, 1, () => 0)).toBeCloseTo(1600)
  expect(pollDelayMs(RULE, 1, () => 1)).toBeCloseTo(2400)
})

it('handles a rule in which no position is near, or far is nearer than near', () => {
  expect(pollDelayMs({ ...RULE, nearPositions: 0 }, 1, MIDDLE)).toBe(2000)
  expect(pollDelayMs({ ...RULE, nearPositions: 0 }, 100, MIDDLE)).toBe(30_000)
  expect(pollDelayMs({ ...RULE, farSeconds: 1 }, 5000, MIDDLE)).toBe(2000)
})
