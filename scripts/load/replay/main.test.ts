import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compileCache } from '../../develop/stores/compile-cache.ts'
import { openFakeGateway } from './fake-gateway.ts'
import { problem } from './fake-sale.ts'

describe('npm run replay', { timeout: 30_000 }, () => {
  it('ends with status 0 and a table when no fan had an error', async () => {
    const gateway = await openFakeGateway()
    const { status, stdout, stderr } = await run([await newSale(), '--gateway', gateway.url]).ended
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ {2}sold +3$/m)
    expect(stderr).toMatch(/arrived 3\/3 {2}waiting 0 {2}active 0 {2}paid 3 {2}rejected 0 {2}errors 0\n$/)
  })

  it('takes the gateway from the environment, and prints JSON when asked', async () => {
    const gateway = await openFakeGateway()
    const { stdout } = await run([await newSale(), '--json'], { GATEWAY_URL: gateway.url }).ended
    expect(JSON.parse(stdout)).toMatchObject({
      gatewayUrl: gateway.url,
      sold: 3,
      steps: { whole: { count: 3 } },
    })
  })

  it('ends with status 1 when a fan had an error of the system', async () => {
    const gateway = await openFakeGateway()
    gateway.spoil('claim', problem(500, 'internal'))
    const { status, stdout } = await run([await newSale(), '--gateway', gateway.url]).ended
    expect(status).toBe(1)
    expect(stdout).toContain('1 × claim 500 internal')
  })

  it.each([
    [['--times', 'x'], '--times must be a whole number'],
    [['--gateway', 'http://192.0.2.1'], '192.0.2.1 is not on this machine'],
  ])('ends with status 2 and the reason when it cannot start: %j', async (args, reason) => {
    const { status, stdout, stderr } = await run([await newSale(), ...args]).ended
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(reason)
    expect(stderr).not.toContain('    at ')
  })

  it('ends with status 2 when the CSV cannot be read', async () => {
    const { status, stderr } = await run(['/no/such.csv', '--gateway', 'http://127.0.0.1:1']).ended
    expect(status).toBe(2)
    expect(stderr).toContain('The recorded sale cannot be read')
  })

  it('reports the results so far and ends with status 130 after Ctrl-C', async () => {
    const gateway = await openFakeGateway()
    gateway.settings.pollsBeforeCalls = Number.POSITIVE_INFINITY
    const { child, ended } = run([await newSale(), '--gateway', gateway.url])
    child.stderr.once('data', () => child.kill('SIGINT'))
    const { status, stdout } = await ended
    expect(status).toBe(130)
    expect(stdout).toMatch(/^Interrupted after /)
    expect(stdout).toMatch(/^ {2}stopped +3 /m)
  })
})

async function newSale(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'naru-replay-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'sale.csv')
  await writeFile(path, 'second,reservations\n0,3\n')
  return path
}

function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...compileCache(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[status], stdout, stderr]) => ({ status: status as unknown, stdout, stderr }),
  )
  return { child, ended }
}
