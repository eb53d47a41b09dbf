import { expect, it, vi } from 'vitest'
import { retryUntilStored } from './retry-until-stored.ts'

const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** A clock that does not move, and no stop. */
const options = () => {
  const stopping = new AbortController()
  return { stopping, now: () => 0, forMs: 1000, signal: stopping.signal }
}

it('repeats a step while its store is unavailable', async () => {
  const step = vi.fn().mockRejectedValueOnce(refused()).mockResolvedValue('stored')
  expect(await retryUntilStored(options(), step)).toBe('stored')
  expect(step).toHaveBeenCalledTimes(2)
})

it('rethrows permanent failures without another attempt', async () => {
  const step = vi.fn().mockRejectedValue(new RangeError('a bug'))
  await expect(retryUntilStored(options(), step)).rejects.toThrow('a bug')
  expect(step).toHaveBeenCalledTimes(1)
})

it('rethrows the failure once its time is over', async () => {
  let nowMs = 0
  const step = vi.fn(async () => {
    nowMs += 600
    throw refused()
  })
  await expect(retryUntilStored({ ...options(), now: () => nowMs }, step)).rejects.toThrow('ECONNREFUSED')
  expect(step).toHaveBeenCalledTimes(2)
})

it('rethrows the failure after a stop, and still returns a success', async () => {
  const { stopping, ...given } = options()
  stopping.abort()
  expect(await retryUntilStored(given, async () => 'stored')).toBe('stored')
  const step = vi.fn().mockRejectedValue(refused())
  await expect(retryUntilStored(given, step)).rejects.toThrow('ECONNREFUSED')
  expect(step).toHaveBeenCalledTimes(1)
})
