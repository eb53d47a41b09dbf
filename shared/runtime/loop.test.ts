import { expect, it } from 'vitest'
import { createLogger } from './log.ts'
import { pause, startLoop } from './loop.ts'

const log = createLogger('test', 'silent')

it('continues after a turn that failed, and begins no turn once it is stopped', async () => {
  let turns = 0
  const loop = startLoop({
    name: 'test',
    intervalMs: 1,
    log,
    run: async () => {
      turns += 1
      if (turns === 1) throw new Error('no')
    },
  })
  await expect.poll(() => turns).toBeGreaterThan(3)
  await loop.stop()
  const stopped = turns
  await pause(5)
  expect(turns).toBe(stopped)
})

it('asks for an interval that changes after each turn', async () => {
  let turns = 0
  const loop = startLoop({
    name: 'test',
    intervalMs: () => (turns < 3 ? 1 : 60_000),
    log,
    run: async () => {
      turns += 1
    },
  })
  await expect.poll(() => turns).toBe(3)
  await pause(20)
  expect(turns).toBe(3)
  await loop.stop()
})

it('waits for the current turn when it is stopped', async () => {
  let finish = () => {}
  let finished = false
  const loop = startLoop({
    name: 'test',
    intervalMs: 60_000,
    log,
    run: async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      finished = true
    },
  })
  const stopped = loop.stop()
  finish()
  await stopped
  expect(finished).toBe(true)
})

it('ends a pause early when its signal is aborted, and starts none after that', async () => {
  const stopping = new AbortController()
  const paused = pause(60_000, stopping.signal)
  stopping.abort()
  expect(await paused).toBeUndefined()
  expect(await pause(60_000, stopping.signal)).toBeUndefined()
})
