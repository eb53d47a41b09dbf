import { expect, it } from 'vitest'
import { limitPerKey } from './per-key-limit.ts'

it('bounds the concurrency of each key, and counts failed work as done', async () => {
  const limit = limitPerKey<string>(2)
  const gate = Promise.withResolvers<string>()
  const wait = () => gate.promise
  const running = [limit('a', wait), limit('a', wait)]
  expect(await limit('a', wait)).toEqual({ status: 'limited' })
  expect(await limit('b', async () => 'done')).toBe('done')
  gate.resolve('done')
  expect(await Promise.all(running)).toEqual(['done', 'done'])
  const failing = () => limit('a', () => Promise.reject(new Error('failed')))
  for (let n = 0; n < 3; n += 1) await expect(failing()).rejects.toThrow('failed')
  expect(await limit('a', async () => 'done')).toBe('done')
})
