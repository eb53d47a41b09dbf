import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeLock } from '../stores/lock.ts'
import { startProcess } from '../stores/process.ts'
import { temporaryFolder } from '../stores/testing.ts'
import { claimData } from './claim.ts'
import { foldersOf } from './folders.ts'

const { signal } = new AbortController()

it('allows one scripts/up at a time per checkout, and names the other', async () => {
  const folders = foldersOf(temporaryFolder())
  const release = await claimData(folders, false, signal)
  await expect(claimData(folders, false, signal)).rejects.toThrow(
    `Naru is already up from this checkout, as process ${process.pid}`,
  )
  release()
  const releaseAgain = await claimData(folders, false, signal)
  releaseAgain()
})

it('keeps the data of the last run, and starts over only when told to', async () => {
  const folders = foldersOf(temporaryFolder())
  mkdirSync(folders.redis, { recursive: true })
  const stored = join(folders.redis, 'appendonly.aof')
  writeFileSync(stored, '')
  const release = await claimData(folders, false, signal)
  expect(existsSync(stored)).toBe(true)
  release()
  const releaseFresh = await claimData(folders, true, signal)
  expect(existsSync(stored)).toBe(false)
  releaseFresh()
})

it('removes nothing while a store still uses it', async () => {
  const folders = foldersOf(temporaryFolder())
  mkdirSync(folders.databases.MySQL, { recursive: true })
  writeLock(`${folders.databases.MySQL}.lock`, process.pid)
  await expect(claimData(folders, true, signal)).rejects.toThrow(`Process ${process.pid} still works on`)
  expect(existsSync(folders.databases.MySQL)).toBe(true)
})

it('starts over once a store that is about to end has ended', async () => {
  const folders = foldersOf(temporaryFolder())
  mkdirSync(folders.logs, { recursive: true })
  const store = await startProcess({
    name: 'Redis',
    command: 'sleep',
    args: ['1000'],
    env: process.env,
    logFile: join(folders.logs, 'redis.log'),
    lockFile: `${folders.redis}.lock`,
  })
  const claiming = claimData(folders, true, signal)
  await store.stop()
  const release = await claiming
  release()
})
