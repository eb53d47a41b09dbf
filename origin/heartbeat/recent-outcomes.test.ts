import { expect, it } from 'vitest'
import { createOutcomeTally } from './recent-outcomes.ts'

it('counts how payments ended, room by room, and what needs no look not at all', () => {
  const tally = createOutcomeTally(() => 0)
  for (const outcome of ['confirmed', 'confirmed', 'declined', 'unknown', 'failed', 'refunded', 'expired']) {
    tally.count('a', outcome)
  }
  tally.count('b', 'set-aside')
  tally.count('c', 'refunding')
  expect(tally.lastMinute()).toEqual({
    a: { confirmed: 2, declined: 1, troubled: 2 },
    b: { confirmed: 0, declined: 0, troubled: 1 },
  })
})

it('forgets what is older than a minute', () => {
  let now = 0
  const tally = createOutcomeTally(() => now)
  tally.count('a', 'confirmed')
  now = 50_000
  tally.count('a', 'declined')
  expect(tally.lastMinute()).toEqual({ a: { confirmed: 1, declined: 1, troubled: 0 } })
  now = 60_000
  expect(tally.lastMinute()).toEqual({ a: { confirmed: 0, declined: 1, troubled: 0 } })
  now = 120_000
  expect(tally.lastMinute()).toEqual({})
})
