import { describe, expect, it } from 'vitest'
import { runMain } from '../../tests/run-main.ts'

const run = (...args: string[]) => runMain(import.meta.dirname, args)

describe('the chaos command', () => {
  it('prints its usage and the error in its arguments', async () => {
    expect(await run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--seed') })
    expect(await run('--minutes', 'many')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--minutes must be'),
    })
  })

  it('prints the same schedule for the same seed, without starting anything', async () => {
    const first = await run('--plan', '--seed', '3')
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toContain('seed 3, 1 min')
    expect(await run('--plan', '--seed', '3')).toEqual(first)
  })
})
