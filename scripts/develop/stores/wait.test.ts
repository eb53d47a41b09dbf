import { expect, it } from 'vitest'
import { settles, waitUntil } from './wait.ts'

it('waits until a condition holds, treating an error as false', async () => {
  let asked = 0
  const holds = (): boolean => {
    asked += 1
    if (asked === 1) throw new Error('not even there')
    return asked === 3
  }
  expect(await waitUntil(holds, { timeoutMs: 20_000, everyMs: 1 })).toBe(true)
  expect(asked).toBe(3)
})

it('returns false when the time is over', async () => {
  expect(await waitUntil(() => false, { timeoutMs: 5, everyMs: 1 })).toBe(false)
})

it('throws the reason when it is told to stop', async () => {
  const controller = new AbortController()
  const waiting = waitUntil(() => false, { timeoutMs: 60_000, everyMs: 60_000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

it('tells whether a promise settles in time', async () => {
  expect(await settles(Promise.resolve(), 1000)).toBe(true)
  expect(await settles(new Promise(() => {}), 5)).toBe(false)
})
