import { expect, it } from 'vitest'
import { createLogger } from './log.ts'
import { createShutdown } from './shutdown.ts'

const log = createLogger('test', 'silent')

it('runs every step in order, also after one that fails and one that hangs, and reports that it was not clean', async () => {
  const shutdown = createShutdown(log, 20)
  const ran: string[] = []
  shutdown.step('first', () => ran.push('first'))
  shutdown.step('fails', () => {
    throw new Error('no')
  })
  shutdown.step('hangs', () => new Promise(() => {}))
  shutdown.step('last', () => ran.push('last'))
  expect(await shutdown.run()).toBe(false)
  expect(ran).toEqual(['first', 'last'])
})

it('runs its steps once, however often it is called', async () => {
  const shutdown = createShutdown(log, 1000)
  let runs = 0
  shutdown.step('count', () => {
    runs += 1
  })
  expect(await Promise.all([shutdown.run(), shutdown.run()])).toEqual([true, true])
  expect(runs).toBe(1)
})
