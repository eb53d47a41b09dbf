import { expect, it } from 'vitest'
import { DeadlineExceeded, withinDeadline } from './deadline.ts'

const never = () => new Promise<never>(() => {})

it('settles as the work does that is done in time', async () => {
  expect(await withinDeadline(60_000, async () => 'done')).toBe('done')
  await expect(withinDeadline(60_000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  const fault = () => {
    throw new Error('failed at once')
  }
  await expect(withinDeadline(60_000, fault)).rejects.toThrow('failed at once')
})

it('gives up work that is never done', async () => {
  await expect(withinDeadline(1, never)).rejects.toBeInstanceOf(DeadlineExceeded)
})

it('hears no more of work that fails too late', async () => {
  const late = Promise.withResolvers<never>()
  await expect(withinDeadline(1, () => late.promise)).rejects.toBeInstanceOf(DeadlineExceeded)
  late.reject(new Error('too late'))
  // An unheard rejection would end the test run.
  await expect(late.promise).rejects.toThrow('too late')
})
