import { expect, it } from 'vitest'
import { createLeases } from './leases.ts'

it('grants each key a bounded number of leases, and more once one has ended or expired', () => {
  let now = 0
  const leases = createLeases({ max: 2, msMax: 1000, now: () => now })
  const first = leases.take('a')
  expect(leases.take('a')).toBeDefined()
  expect(leases.take('a')).toBeUndefined()
  expect(leases.take('b')).toBeDefined()
  first?.()
  first?.()
  expect(leases.take('a')).toBeDefined()
  expect(leases.take('a')).toBeUndefined()
  now = 1000
  expect([leases.take('a'), leases.take('a'), leases.take('a')].map((end) => end !== undefined)).toEqual([
    ...[true, true, false],
  ])
})
