import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../stores/testing.ts'
import { waitUntil } from '../stores/wait.ts'
import { startRotation } from './rotation.ts'

it('empties a log that is too large, keeps its last part, and lets the writer go on', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'origin.log')
  const log = openSync(file, 'a')
  onTestFinished(() => closeSync(log))
  writeFileSync(join(folder, 'small.log'), 'short')
  writeSync(log, 'old line\n'.repeat(20))
  const rotation = startRotation(folder, { bytesMax: 100, everyMs: 5 })
  onTestFinished(() => rotation.stop())
  expect(await waitUntil(() => statSync(file).size === 0, { timeoutMs: 20_000 })).toBe(true)
  writeSync(log, 'new line\n')
  expect(readFileSync(file, 'utf8')).toBe('new line\n')
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('old line\n'.repeat(20))
  expect(existsSync(join(folder, 'small.log.1'))).toBe(false)
})
