import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { RestartLimits } from '../../../shared/runtime/restarts.ts'
import type { Failure } from '../stores/failure.ts'
import { processStart } from '../stores/lock.ts'
import { startProcess } from '../stores/process.ts'
import { temporaryFolder } from '../stores/testing.ts'
import { waitUntil } from '../stores/wait.ts'
import { type Service, type ServiceOptions, startService } from './service.ts'

const { env } = process
const SOON = { timeoutMs: 10_000 }
const QUICK: RestartLimits = { deathsMax: 3, windowMs: 60_000, pauseMs: 1, pauseMaxMs: 4 }

/** A service that runs a line of shell; `starts` counts the tries. */
function serviceOf(script: string, more: Partial<ServiceOptions> = {}) {
  const logFile = join(temporaryFolder(), 'log')
  const onRestart = vi.fn<ServiceOptions['onRestart']>()
  const onFailure = vi.fn<(failure: Failure) => void>()
  const start = vi.fn(() =>
    startProcess({ name: 'Origin', command: 'sh', args: ['-c', script], env, logFile }),
  )
  const starting = startService({
    name: 'Origin',
    start,
    isReady: async () => true,
    readyTimeoutMs: 10_000,
    logFile,
    limits: QUICK,
    onRestart,
    onFailure,
    ...more,
  }).then((service) => {
    onTestFinished(() => service.stop())
    return service
  })
  return { starting, start, onRestart, onFailure }
}

function kill(service: Service): void {
  process.kill(service.pid(), 'SIGKILL')
}

it('restarts a service that dies, and reports its new process', async () => {
  const { starting, onRestart } = serviceOf('sleep 1000')
  const service = await starting
  const before = service.pid()
  kill(service)
  expect(await waitUntil(() => onRestart.mock.calls.length === 1, SOON)).toBe(true)
  expect(onRestart).toHaveBeenCalledWith({ pid: service.pid(), exit: { code: null, signal: 'SIGKILL' } })
  expect(service.pid()).not.toBe(before)
  expect(processStart(service.pid())).toBeDefined()
})

it('abandons one that dies repeatedly, and shows its last lines', async () => {
  const trigger = join(temporaryFolder(), 'trigger')
  const script = `until [ -e ${trigger} ]; do sleep 0.01; done; echo out of luck; exit 9`
  const { starting, start, onRestart, onFailure } = serviceOf(script)
  await starting
  writeFileSync(trigger, '')
  expect(await waitUntil(() => onFailure.mock.calls.length === 1, SOON)).toBe(true)
  expect(start).toHaveBeenCalledTimes(4)
  expect(onRestart).toHaveBeenCalledTimes(3)
  const failure = onFailure.mock.calls[0]?.[0]
  expect(failure?.message).toBe('Origin died more than 3 times in 60 s, last with status 9')
  expect(failure?.details.at(-1)).toBe('out of luck')
})

it('forgets deaths older than the window', async () => {
  const { starting, onRestart, onFailure } = serviceOf('sleep 1000', { limits: { ...QUICK, windowMs: 0 } })
  const service = await starting
  for (let deaths = 1; deaths <= 5; deaths++) {
    kill(service)
    expect(await waitUntil(() => onRestart.mock.calls.length === deaths, SOON)).toBe(true)
  }
  expect(onFailure).not.toHaveBeenCalled()
})

it('does not retry what dies before its first response', async () => {
  const { starting, start } = serviceOf('echo REDIS_URL is required; exit 1', { isReady: async () => false })
  await expect(starting).rejects.toMatchObject({
    message: 'Origin ended at once, with status 1',
    details: ['REDIS_URL is required'],
  })
  expect(start).toHaveBeenCalledTimes(1)
})

it('is stopped permanently, also while it waits to restart', async () => {
  const { starting, start, onRestart } = serviceOf('sleep 1000', {
    limits: { ...QUICK, pauseMs: 60_000, pauseMaxMs: 60_000 },
  })
  const service = await starting
  kill(service)
  expect(await waitUntil(() => processStart(service.pid()) === undefined, SOON)).toBe(true)
  await service.stop()
  expect(start).toHaveBeenCalledTimes(1)
  expect(onRestart).not.toHaveBeenCalled()
})

it('ends without a restart when it is told to stop', async () => {
  const { starting, start } = serviceOf('sleep 1000')
  const service = await starting
  const pid = service.pid()
  await service.stop()
  expect(processStart(pid)).toBeUndefined()
  expect(start).toHaveBeenCalledTimes(1)
})
