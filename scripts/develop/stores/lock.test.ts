import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lockHolder, processStart, writeLock } from './lock.ts'
import { temporaryFolder } from './testing.ts'

it('names the living process that holds a file', () => {
  const file = join(temporaryFolder(), 'lock')
  writeLock(file, process.pid)
  expect(lockHolder(file)).toBe(process.pid)
})

it('locks a file against all others while its process lives', () => {
  const file = join(temporaryFolder(), 'lock')
  writeLock(file, process.pid)
  expect(() => writeLock(file, process.ppid)).toThrow('EEXIST')
  expect(lockHolder(file)).toBe(process.pid)
})

it('has no holder when the process has ended, and can be locked again', async () => {
  const file = join(temporaryFolder(), 'lock')
  const child = spawn('sleep', ['1000'])
  await once(child, 'spawn')
  writeLock(file, child.pid ?? 0)
  expect(lockHolder(file)).toBe(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(lockHolder(file)).toBeUndefined()
  writeLock(file, process.pid)
  expect(lockHolder(file)).toBe(process.pid)
})

it('is not fooled by another process that has got the same ID since', () => {
  const file = join(temporaryFolder(), 'lock')
  writeLock(file, process.pid)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/ .+/, ' 1'))
  expect(lockHolder(file)).toBeUndefined()
})

it.each(['', 'nonsense', '12', '99999999 1'])('reads no holder from a file that contains %j', (text) => {
  const file = join(temporaryFolder(), 'lock')
  writeFileSync(file, text)
  expect(lockHolder(file)).toBeUndefined()
})

it('tells processes apart by when they began', () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid))
  expect(processStart(process.pid)).not.toBe(processStart(1))
})
