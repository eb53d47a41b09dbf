import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Env } from '../../../shared/runtime/env.ts'
import { databaseUrl, redisUrl } from '../../../shared/testing/stores.ts'
import { compileCache } from '../stores/compile-cache.ts'
import { processStart } from '../stores/lock.ts'
import { failOver } from '../stores/redis-name.ts'
import { asked } from '../stores/redis-pair.ts'
import { isGone, isRunning, moduleUrl, runProgram, temporaryFolder } from '../stores/testing.ts'
import { waitUntil } from '../stores/wait.ts'
import { foldersOf } from './folders.ts'
import type { Running } from './running.ts'
import { createSteps } from './steps.ts'
import { type Part, up } from './up.ts'

const { PATH } = process.env
const SOON = { timeoutMs: 30_000 }

/** A stand-in that answers on the ports in two variables, and ends when asked. */
const service = (...ports: string[]): string => `
  import { createServer } from 'node:http'
  for (const name of ${JSON.stringify(ports)}) {
    createServer((_, response) => response.end('ok')).listen(Number(process.env[name]), '127.0.0.1')
  }
  process.on('SIGTERM', () => process.exit(0))
`
const SEEDED = {
  festival: 'Test Waves 2027',
  accounts: [{ role: 'fan', email: 'fan@example.org', password: 'wave' }],
}
const STAND_INS: Record<string, string> = {
  'package.json': '{ "type": "module" }',
  'scripts/operate/migrate.ts': `if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is required')`,
  'scripts/operate/seed/main.ts': `console.error('seeding'); console.log(${JSON.stringify(JSON.stringify(SEEDED))})`,
  '.data/programs/sandbox/main.mjs': service('SANDBOX_PORT'),
  '.data/programs/origin/main.mjs': service('ORIGIN_PORT', 'ORIGIN_INTERNAL_PORT'),
  '.data/programs/gateway/main.mjs': service('GATEWAY_PORT', 'GATEWAY_INTERNAL_PORT'),
}

function checkoutOf(programs: Record<string, string> = {}): string {
  const root = temporaryFolder()
  for (const [path, source] of Object.entries({ ...STAND_INS, ...programs })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), source)
  }
  return root
}

/** Brings a checkout of stand-ins up; the test's end takes it down. */
function bringUp(options: { programs?: Record<string, string>; env?: Env; redisPair?: boolean } = {}) {
  const folders = foldersOf(checkoutOf(options.programs))
  const stopping = new AbortController()
  const out = {
    text: '',
    write: (text: string) => {
      out.text += text
    },
  }
  const parts: Part[] = []
  const stores = { REDIS_URL: redisUrl(), DATABASE_URL: databaseUrl() }
  const env = { PATH, ...compileCache(), GATEWAY_PORT: '0', ...stores, ...options.env }
  const steps = createSteps(out, false, stopping.signal)
  const status = up({
    env,
    folders,
    fresh: false,
    redisPair: options.redisPair ?? false,
    build: async () => {},
    steps,
    asked: stopping.signal,
    parts,
  })
  onTestFinished(async () => {
    stopping.abort()
    await status
  })
  return {
    folders,
    out,
    status,
    stop: () => stopping.abort(),
    running: () => runningOf(folders.running, process.pid),
  }
}

/** What the file says as soon as that process of ours has written it. */
async function runningOf(file: string, pid: number | undefined): Promise<Running> {
  const read = (): Running => JSON.parse(readFileSync(file, 'utf8'))
  expect(await waitUntil(() => read().pid === pid, SOON)).toBe(true)
  return read()
}

function servicePids({ originPid, gatewayPid, sandboxPid }: Running): number[] {
  return [originPid, gatewayPid, sandboxPid]
}

/** The titles of the steps printed so far, in order. */
function titles(text: string): string[] {
  return [...text.matchAll(/^ {2}[✓✗–] (.+?) +\d+\.\d s$/gm)].map(([, title = '']) => title)
}

it('starts step by step, prints its addresses, and stops in the opposite order', async () => {
  const { folders, out, status, stop, running } = bringUp()
  const state = await running()
  expect(state).toMatchObject({ pid: process.pid, redisUrl: redisUrl(), databaseUrl: databaseUrl() })
  for (const url of [state.gatewayUrl, state.originUrl, state.providerUrl]) {
    expect(await (await fetch(url)).text()).toBe('ok')
  }
  expect(await waitUntil(() => out.text.includes('Ctrl-C'), SOON)).toBe(true)
  expect(out.text).toContain(`Naru is up: ${state.gatewayUrl}\n`)
  expect(out.text).toContain('fan  fan@example.org  password: wave')
  stop()
  expect(await status).toBe(0)
  expect(titles(out.text)).toEqual([
    ...['Redis at REDIS_URL', 'Database at DATABASE_URL', 'Development keys, made', 'Programs built'],
    ...['Database schema', 'Demo festival', 'Sandbox payment provider', 'Origin', 'Gateway'],
    ...['Gateway stopped', 'Origin stopped', 'Sandbox payment provider stopped'],
  ])
  expect(servicePids(state).map(processStart)).toEqual([undefined, undefined, undefined])
  expect(existsSync(folders.running)).toBe(false)
})

it('starts a Redis that can fail over, and prints where', async () => {
  const { running, stop, status } = bringUp({ env: { REDIS_URL: undefined }, redisPair: true })
  const { redisUrl: url, redisPair } = await running()
  const primary = { url }
  await asked(primary, (client) => client.set('song', 'Arirang'))
  if (redisPair === undefined) throw new Error('there is a pair')
  await failOver(redisPair)
  expect(await asked(primary, (client) => client.get('song'))).toBe('Arirang')
  stop()
  expect(await status).toBe(0)
})

it('starts no pair when a Redis is given', async () => {
  const { out, status } = bringUp({ redisPair: true })
  expect(await status).toBe(1)
  expect(out.text).toContain('--redis-pair starts a Redis of its own')
})

it('restarts a service that was killed, on the same port, and publishes its new process', async () => {
  const { out, running } = bringUp()
  const before = await running()
  process.kill(before.originPid, 'SIGKILL')
  const isBack = async (): Promise<boolean> => (await running()).originPid !== before.originPid
  expect(await waitUntil(isBack, SOON)).toBe(true)
  const after = await running()
  expect(out.text).toContain(`! Origin ended by SIGKILL; it runs again, as process ${after.originPid}`)
  expect(after).toEqual({ ...before, originPid: after.originPid })
  const answers = async (): Promise<boolean> => (await fetch(after.originUrl)).ok
  expect(await waitUntil(answers, SOON)).toBe(true)
})

it('stops everything when a step fails, and prints the reason', async () => {
  const gateway = `console.error('PLACE_SECRET is too short'); process.exit(1)`
  const { folders, out, status } = bringUp({ programs: { '.data/programs/gateway/main.mjs': gateway } })
  expect(await status).toBe(1)
  expect(out.text).toMatch(
    / {2}✗ Gateway .*\n\nGateway ended at once, with status 1\n {2}\| PLACE_SECRET is too short\n/,
  )
  expect(titles(out.text).slice(-2)).toEqual(['Origin stopped', 'Sandbox payment provider stopped'])
  expect(existsSync(folders.lock)).toBe(false)
})

it('reports unexpected output of the seed command', async () => {
  const { out, status } = bringUp({ programs: { 'scripts/operate/seed/main.ts': `console.log('done')` } })
  expect(await status).toBe(1)
  expect(out.text).toContain('scripts/operate/seed/main.ts --demo printed something else than its JSON')
})

it('is stopped half-way without reporting a failure', async () => {
  const seed = 'await new Promise((resolve) => setTimeout(resolve, 60_000))'
  const { out, status, stop } = bringUp({ programs: { 'scripts/operate/seed/main.ts': seed } })
  expect(await waitUntil(() => out.text.includes('Database schema'), SOON)).toBe(true)
  stop()
  expect(await status).toBe(130)
  expect(out.text).toMatch(/– Demo festival +\d+\.\d s\n\n$/)
})

it('stops everything when one of its own stores dies', async () => {
  const { folders, out, status, running } = bringUp({ env: { REDIS_URL: '', DATABASE_URL: '' } })
  const state = await running()
  process.kill(Number(readFileSync(`${folders.redis}.lock`, 'utf8').split(' ')[0]), 'SIGKILL')
  expect(await status).toBe(1)
  expect(out.text).toContain('Redis ended by SIGKILL without being asked\n')
  expect(titles(out.text).slice(-2)).toEqual(['MariaDB stopped', 'Redis stopped'])
  expect(servicePids(state).map(processStart)).toEqual([undefined, undefined, undefined])
})

it('leaves no store and no service when it is killed, and can start again immediately', async () => {
  const root = checkoutOf()
  const program = `
    import { foldersOf } from ${moduleUrl('./folders.ts', import.meta.url)}
    import { createSteps } from ${moduleUrl('./steps.ts', import.meta.url)}
    import { up } from ${moduleUrl('./up.ts', import.meta.url)}
    const asked = new AbortController().signal
    await up({
      env: { PATH: process.env.PATH, GATEWAY_PORT: '0' }, folders: foldersOf(${JSON.stringify(root)}),
      fresh: false, build: async () => {}, steps: createSteps({ write() {} }, false), asked, parts: [],
    })
  `
  const folders = foldersOf(root)
  const first = runProgram(program)
  const state = await runningOf(folders.running, first.child.pid)
  const storePids = (): number[] =>
    [folders.redis, folders.databases.MariaDB].map((folder) =>
      Number(readFileSync(`${folder}.lock`, 'utf8').split(' ')[0]),
    )
  const firstPids = [...servicePids(state), ...storePids()]
  expect(firstPids.map(isRunning)).toEqual(firstPids.map(() => true))
  expect(firstPids).toHaveLength(5)
  first.child.kill('SIGKILL')
  expect(await isGone(state.pid)).toBe(true)
  const second = runProgram(program)
  for (const pid of firstPids) expect(await isGone(pid)).toBe(true)
  const secondState = await runningOf(folders.running, second.child.pid)
  const secondPids = [...servicePids(secondState), ...storePids()]
  expect(secondPids.map(isRunning)).toEqual(secondPids.map(() => true))
  expect(secondPids).toHaveLength(5)
  second.child.kill('SIGKILL')
  for (const pid of secondPids) expect(await isGone(pid)).toBe(true)
})
