import { expect, it } from 'vitest'
import { launchFans } from './launch.ts'
import { createTestTime } from './testing.ts'

it('starts all fans when they arrive', async () => {
  const time = createTestTime()
  const begunMs: number[] = []
  const begin = async () => void begunMs.push(time.now())
  const arrivals = [100, 100, 2500].map((atMs) => ({ atMs, begin }))
  const { signal } = new AbortController()
  expect(await launchFans({ arrivals, fansMax: 10, signal, time })).toEqual({ lateMaxMs: 0 })
  expect(begunMs).toEqual([100, 100, 2500])
})

it('delays fans beyond the limit, and reports how late they were', async () => {
  const time = createTestTime()
  let [underWay, most] = [0, 0]
  const { signal } = new AbortController()
  const begin = async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await time.pause(1000, signal)
    underWay -= 1
  }
  const arrivals = Array.from({ length: 6 }, () => ({ atMs: 0, begin }))
  const { lateMaxMs } = await launchFans({ arrivals, fansMax: 2, signal, time })
  expect(most).toBe(2)
  expect(lateMaxMs).toBeGreaterThanOrEqual(2000)
})

it('waits for no arrival once it is stopped, and lets all fans notice', async () => {
  const stop = new AbortController()
  const time = createTestTime()
  let stopped = 0
  const begin = async () => {
    if (stop.signal.aborted) stopped += 1
    else stop.abort()
  }
  const arrivals = [0, 1000, 2000].map((atMs) => ({ atMs, begin }))
  await launchFans({ arrivals, fansMax: 10, signal: stop.signal, time })
  expect(stopped).toBe(2)
  expect(time.now()).toBeLessThan(2000)
})
