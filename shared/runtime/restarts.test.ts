import { expect, it } from 'vitest'
import { createRestarts } from './restarts.ts'

const LIMITS = { deathsMax: 4, windowMs: 1000, pauseMs: 100, pauseMaxMs: 300 }

it('doubles the pause after each death, up to a limit, and then gives no more restarts', () => {
  const pauseAfterDeath = createRestarts(LIMITS, () => 0)
  expect(Array.from({ length: 5 }, pauseAfterDeath)).toEqual([100, 200, 300, 300, undefined])
})

it('forgets deaths older than the window', () => {
  let nowMs = 0
  const pauseAfterDeath = createRestarts(LIMITS, () => nowMs)
  for (let death = 0; death < 10; death += 1) {
    expect(pauseAfterDeath()).toBe(100)
    nowMs += 1001
  }
})
