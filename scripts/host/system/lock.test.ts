import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { takeLock } from './lock.ts'

const LOCK = new URL('lock.ts', import.meta.url).href

/** Another process that takes the lock and keeps it. */
async function startHolder(file: string) {
  const program = `const { takeLock } = await import(${JSON.stringify(LOCK)})
await takeLock(${JSON.stringify(file)})
console.log('taken')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

describe('the lock of a host', () => {
  it('belongs to one command at a time, and is free again when that has ended', async () => {
    const file = join(temporaryFolder(), 'naru/.lock')
    const release = await takeLock(file)
    expect(await takeLock(file)).toBeUndefined()
    await release?.()
    const again = await takeLock(file)
    expect(again).toBeDefined()
    await again?.()
  })

  it('is free again when the process that has it is killed', async () => {
    const file = join(temporaryFolder(), '.lock')
    const child = await startHolder(file)
    expect(await takeLock(file)).toBeUndefined()
    child.kill('SIGKILL')
    await expect
      .poll(async () => {
        const release = await takeLock(file)
        await release?.()
        return release !== undefined
      })
      .toBe(true)
  })

  it('cannot be opened by other users, who could hold it otherwise', async () => {
    const file = join(temporaryFolder(), '.lock')
    await (await takeLock(file))?.()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})
