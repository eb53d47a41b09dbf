import { expect, it } from 'vitest'
import { type CommandOptions, runCommand } from './command.ts'
import { processStart } from './lock.ts'

const { env } = process

function run(script: string, more: Partial<CommandOptions> = {}): Promise<string> {
  const options = { name: 'The script', command: 'sh', args: ['-c', script], env, timeoutMs: 20_000 }
  return runCommand({ ...options, ...more })
}

it('returns what a command writes to stdout, and only that', async () => {
  expect(await run('echo one; echo aside >&2; echo two')).toBe('one\ntwo\n')
})

it('shows the end of all its output when it fails', async () => {
  const script = 'for i in 1 2 3; do echo line $i; done; echo because >&2; exit 4'
  await expect(run(script, { linesMax: 2, advice: 'Try harder.' })).rejects.toMatchObject({
    message: 'The script ended with status 4',
    details: expect.arrayContaining(['because']),
    advice: 'Try harder.',
  })
})

it('ends a command that times out', async () => {
  await expect(run('echo at work; sleep 1000', { timeoutMs: 200 })).rejects.toMatchObject({
    message: 'The script was not done after 0.2 s',
    details: ['at work'],
  })
})

it('ends a command that was aborted', async () => {
  const controller = new AbortController()
  const running = run('sleep 1000', { signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await expect(running).rejects.toThrow('changed my mind')
  await expect(run('echo never', { signal: controller.signal })).rejects.toThrow('changed my mind')
})

it('reports that the command does not exist', async () => {
  await expect(run('', { command: 'naru-no-such-command' })).rejects.toThrow(
    'The script ended with status 127',
  )
})

it('does not wait for a daemon that a command leaves, which keeps its output open', async () => {
  const source = `
    const daemon = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'inherit' })
    daemon.unref()
    console.log(daemon.pid)
  `
  const pid = Number(await run('', { command: process.execPath, args: ['-e', source] }))
  expect(processStart(pid)).toBeDefined()
  process.kill(pid, 'SIGKILL')
})
