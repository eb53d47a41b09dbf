import { describe, expect, it } from 'vitest'
import { backOff, delayAskedBy } from './delays.ts'

const MIDDLE = () => 0.5
const answer = (status: number, code?: string, retryAfterMs?: number) => ({ status, code, retryAfterMs })

describe('a response', () => {
  it.each([200, 201, 202, 304, 401, 404, 409, 422, 500])('with %i is definite', (status) => {
    expect(delayAskedBy(answer(status, undefined, 5000), 0, MIDDLE)).toBeUndefined()
  })

  it.each([429, 503])('with %i and Retry-After is retried, and never earlier', (status) => {
    expect(delayAskedBy(answer(status, 'busy', 2000), 0, () => 0)).toEqual({ kind: 'full', ms: 2000 })
    expect(delayAskedBy(answer(status, 'busy', 2000), 0, () => 1)).toEqual({ kind: 'full', ms: 3000 })
  })

  it('with the code unavailable counts as unavailable, and its Retry-After is respected', () => {
    const delay = delayAskedBy(answer(503, 'unavailable', 2000), 0, MIDDLE)
    expect(delay).toEqual({ kind: 'unavailable', ms: 2062.5 })
  })

  it.each([429, 502, 503, 504])('with %i without Retry-After counts as unavailable', (status) => {
    expect(delayAskedBy(answer(status), 0, MIDDLE)?.kind).toBe('unavailable')
  })
})

describe('backing off', () => {
  it('doubles the delay each time, up to a limit', () => {
    const longest = [0, 1, 2, 3, 4, 5, 100].map((retried) => backOff(retried, () => 1).ms)
    expect(longest).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
    expect(backOff(4, () => 0).ms).toBe(2000)
  })
})
