import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Failure } from './failure.ts'
import { lockHolder, processStart } from './lock.ts'
import { becomeReady, type ProcessOptions, type RunningProcess, startProcess } from './process.ts'
import { isGone, temporaryFolder } from './testing.ts'

const { env } = process

async function start(script: string, more: Partial<ProcessOptions> = {}): Promise<RunningProcess> {
  const logFile = join(temporaryFolder(), 'log')
  const options = { name: 'The thing', command: 'sh', args: ['-c', script], env, logFile }
  const started = await startProcess({ ...options, ...more })
  onTestFinished(() => started.stop())
  return started
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Failure)) throw new Error(`Expected a failure, got ${error}`)
  return error
}

it('holds its lock file while it runs', async () => {
  const lockFile = join(temporaryFolder(), 'lock')
  const started = await start('sleep 1000', { lockFile })
  expect(lockHolder(lockFile)).toBe(started.pid)
  await started.stop()
  expect(existsSync(lockFile)).toBe(false)
  expect(processStart(started.pid)).toBeUndefined()
})

it('refuses to start a second one on the same lock file, and names the first', async () => {
  const lockFile = join(temporaryFolder(), 'lock')
  const first = await start('sleep 1000', { lockFile })
  const failure = await failureOf(start('sleep 1000', { lockFile }))
  expect(failure.message).toBe(`The thing already runs on this data, as process ${first.pid}`)
})

it('waits for one that is about to end', async () => {
  const lockFile = join(temporaryFolder(), 'lock')
  const first = await start('sleep 1000', { lockFile })
  const starting = start('sleep 1000', { lockFile })
  first.kill()
  const second = await starting
  expect(lockHolder(lockFile)).toBe(second.pid)
})

it('shows the end of the log of one that ends before it responds', async () => {
  const logFile = join(temporaryFolder(), 'log')
  const started = await start('echo first; echo "no such setting" >&2; exit 7', { logFile })
  const ready = becomeReady(started, { isReady: async () => false, timeoutMs: 20_000, logFile })
  const failure = await failureOf(ready)
  expect(failure.message).toBe('The thing ended at once, with status 7')
  expect(failure.details).toEqual(['first', 'no such setting'])
})

it('stops one that does not respond in time', async () => {
  const logFile = join(temporaryFolder(), 'log')
  const started = await start('echo waiting; sleep 1000', { logFile })
  const failure = await failureOf(
    becomeReady(started, { isReady: () => Promise.reject(new Error('no')), timeoutMs: 100, logFile }),
  )
  expect(failure.message).toBe('The thing does not answer after 0.1 s')
  expect(await isGone(started.pid)).toBe(true)
})

it('stops one that is aborted before it responds', async () => {
  const logFile = join(temporaryFolder(), 'log')
  const started = await start('sleep 1000', { logFile })
  const { signal } = { signal: AbortSignal.abort(new Error('changed my mind')) }
  const ready = becomeReady(started, { isReady: async () => false, timeoutMs: 20_000, logFile, signal })
  await expect(ready).rejects.toThrow('changed my mind')
  expect(await isGone(started.pid)).toBe(true)
})

it('appends its output to an existing log', async () => {
  const logFile = join(temporaryFolder(), 'log')
  writeFileSync(logFile, 'before\n')
  const started = await start('echo after', { logFile })
  const failure = await failureOf(
    becomeReady(started, { isReady: async () => false, timeoutMs: 20_000, logFile }),
  )
  expect(failure.details).toEqual(['before', 'after'])
})
