import { expect, it } from 'vitest'
import { createBoundedQueue } from './bounded-queue.ts'

it('runs a few concurrently, queues a few, and refuses the rest with a time to retry', async () => {
  const queue = createBoundedQueue({ concurrencyMax: 2, queueMax: 3 })
  let running = 0
  let most = 0
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await released
    running -= 1
  }
  const ran = Array.from({ length: 5 }, () => queue(work))
  expect(await queue(work)).toEqual({ status: 'busy', retryAfterSeconds: 1 })
  release()
  expect((await Promise.all(ran)).every(({ status }) => status === 'ran')).toBe(true)
  expect(most).toBe(2)
})

it('continues after work that failed, and passes its error to the caller', async () => {
  const queue = createBoundedQueue({ concurrencyMax: 1, queueMax: 1 })
  const fails = queue(() => Promise.reject(new Error('no')))
  const works = queue(() => Promise.resolve(7))
  await expect(fails).rejects.toThrow('no')
  expect(await works).toEqual({ status: 'ran', value: 7 })
})
