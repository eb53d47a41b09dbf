import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const COMMAND = fileURLToPath(new URL('main.ts', import.meta.url))

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

describe('the command', () => {
  it('says how it is used, and what is wrong with what it was given', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--seed') })
    expect(await run('--minutes', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--minutes must be'),
    })
  })

  it('prints the same schedule for the same seed, without starting anything', async () => {
    const first = await run('--plan', '--seed', '3')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('seed 3, 1 min')
    expect(await run('--plan', '--seed', '3')).toEqual(first)
  })
})
