import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { spawnGuarded } from './guarded.ts'
import { isGone, isRunning, moduleUrl, runProgram, temporaryFolder } from './testing.ts'
import { waitUntil } from './wait.ts'

const { env } = process
const OUTPUT = { stdout: 'pipe', stderr: 'pipe' } as const

/** Starts `sh -c script` under guard, then prints the process IDs of it and of all its children. */
function starterOf(script: string, scratch?: string): string {
  return `
    import { createInterface } from 'node:readline'
    import { spawnGuarded } from ${moduleUrl('./guarded.ts', import.meta.url)}
    const guarded = spawnGuarded({
      command: 'sh', args: ['-c', ${JSON.stringify(script)}], env: process.env,
      stdout: 'pipe', stderr: 'pipe', scratch: ${JSON.stringify(scratch)},
    })
    createInterface({ input: guarded.child.stdout }).on('line', (line) => console.log(guarded.pid + ' ' + line))
  `
}

async function startAndKill(script: string, scratch?: string): Promise<number[]> {
  const starter = runProgram(starterOf(script, scratch))
  const pids = ((await starter.line()) ?? '').split(' ').map(Number)
  expect(pids).toHaveLength(2)
  for (const pid of pids) expect(isRunning(pid)).toBe(true)
  starter.child.kill('SIGKILL')
  return pids
}

it('runs a command and reports how it ended', async () => {
  const guarded = spawnGuarded({ command: 'sh', args: ['-c', 'echo out; exit 3'], env, ...OUTPUT })
  const { stdout } = guarded.child
  expect(stdout === null ? '' : await text(stdout)).toBe('out\n')
  expect(await guarded.ended).toEqual({ code: 3, signal: null })
  await guarded.dispose()
})

it('ends a process and its children when the one that started them is killed', async () => {
  const scratch = join(temporaryFolder(), 'scratch')
  mkdirSync(scratch)
  const pids = await startAndKill('sleep 1000 & echo $!; wait', scratch)
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
  expect(await waitUntil(() => !existsSync(scratch), { timeoutMs: 20_000 })).toBe(true)
})

it('kills a process that ignores its signal when the one that started it is killed', async () => {
  const pids = await startAndKill("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done")
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
})

it('does not run a command whose start could not be recorded', async () => {
  const mark = join(temporaryFolder(), 'mark')
  let pid = 0
  const start = () =>
    spawnGuarded({
      command: 'touch',
      args: [mark],
      env,
      ...OUTPUT,
      beforeRun: (id) => {
        pid = id
        throw new Error('not noted')
      },
    })
  expect(start).toThrow('not noted')
  expect(await isGone(pid)).toBe(true)
  expect(existsSync(mark)).toBe(false)
})

it('leaves no guard and no scratch folder after the end', async () => {
  const scratch = join(temporaryFolder(), 'scratch')
  mkdirSync(scratch)
  const guarded = spawnGuarded({ command: 'true', args: [], env, ...OUTPUT, scratch })
  await guarded.ended
  expect(existsSync(scratch)).toBe(true)
  await guarded.dispose()
  expect(existsSync(scratch)).toBe(false)
})

it('signals no process once the command has ended, as its ID may have been reused', async () => {
  const guarded = spawnGuarded({ command: 'true', args: [], env, ...OUTPUT })
  await guarded.ended
  expect(() => guarded.signal('SIGKILL')).not.toThrow()
  await guarded.dispose()
})
