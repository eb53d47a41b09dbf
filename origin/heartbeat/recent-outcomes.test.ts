import { expect, it } from 'vitest'
import { createOutcomeCounter } from './recent-outcomes.ts'

it('counts how payments ended, room by room, and ignores outcomes that need no attention', () => {
  const counter = createOutcomeCounter(() => 0)
  for (const outcome of ['confirmed', 'confirmed', 'declined', 'unknown', 'failed', 'refunded', 'expired']) {
    counter.count('a', outcome)
  }
  counter.count('b', 'dead-letter')
  counter.count('c', 'refunding')
  expect(counter.lastMinute()).toEqual({
    a: { confirmed: 2, declined: 1, errors: 2 },
    b: { confirmed: 0, declined: 0, errors: 1 },
  })
})

it('drops what is older than a minute', () => {
  let now = 0
  const counter = createOutcomeCounter(() => now)
  counter.count('a', 'confirmed')
  now = 50_000
  counter.count('a', 'declined')
  expect(counter.lastMinute()).toEqual({ a: { confirmed: 1, declined: 1, errors: 0 } })
  now = 60_000
  expect(counter.lastMinute()).toEqual({ a: { confirmed: 0, declined: 1, errors: 0 } })
  now = 120_000
  expect(counter.lastMinute()).toEqual({})
})
