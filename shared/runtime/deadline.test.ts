import { expect, it } from 'vitest'
import { DeadlineExceeded, withinDeadline } from './deadline.ts'

const never = () => new Promise<never>(() => {})

it('settles with the work when that finishes in time', async () => {
  expect(await withinDeadline(60_000, async () => 'done')).toBe('done')
  await expect(withinDeadline(60_000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  const fault = () => {
    throw new Error('failed at once')
  }
  await expect(withinDeadline(60_000, fault)).rejects.toThrow('failed at once')
})

it('rejects when work never finishes', async () => {
  await expect(withinDeadline(1, never)).rejects.toBeInstanceOf(DeadlineExceeded)
})

it('ignores work that fails after the deadline', async () => {
  const late = Promise.withResolvers<never>()
  await expect(withinDeadline(1, () => late.promise)).rejects.toBeInstanceOf(DeadlineExceeded)
  late.reject(new Error('too late'))
  // An unhandled rejection would end the test run.
  await expect(late.promise).rejects.toThrow('too late')
})
