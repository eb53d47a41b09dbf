import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { Failure } from '../../develop/stores/failure.ts'
import { isGone } from '../../develop/stores/testing.ts'
import { type GatewayProcess, startGateway } from '../../load/bench/gateway-process.ts'

const { env } = process
const SOON = { interval: 50 }
const { redis } = useRedis()

type Settings = Parameters<typeof startGateway>[0]['settings']

/** A ready gateway, of two workers by default, and the room it knows. */
async function startWorkers(settings: Settings = {}): Promise<GatewayProcess & { room: string }> {
  const room = await publishTestRoom(redis())
  const gateway = await startGateway({
    redisUrl: redisUrl(),
    rooms: [room],
    core: undefined,
    env,
    settings: { GATEWAY_WORKERS: '2', LOG_LEVEL: 'info', ...settings },
  })
  onTestFinished(() => gateway.stop())
  await expect.poll(() => ask(gateway.internalPort, '/readyz').then(({ status }) => status), SOON).toBe(200)
  return { ...gateway, room }
}

/** Sends one request, on a new connection unless an agent keeps one alive. */
function ask(port: number, path: string, agent?: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, host: '127.0.0.1', agent: agent ?? false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject)
    })
    sent.on('error', reject).end()
  })
}

function workersOf(gateway: GatewayProcess): { worker: number; pid: number }[] {
  return gateway
    .logged()
    .flatMap(({ msg, pid, worker }) => (msg === 'worker listens' && worker ? [{ worker, pid }] : []))
}

async function poll({ port, room }: { port: number; room: string }, times: number): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: times }, () => ask(port, `/api/rooms/${room}/status`)),
  )
  return answers.map(({ status }) => status)
}

/** The sum of a metric's series, from the internal port. */
async function metric({ internalPort }: GatewayProcess, name: string): Promise<number> {
  const { text } = await ask(internalPort, '/metrics')
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

it('serves one port from every worker, and sums the metrics of all of them', async () => {
  const gateway = await startWorkers()
  const workers = workersOf(gateway)
  expect(new Set(workers.map(({ pid }) => pid)).size).toBe(2)
  expect(workers.map(({ pid }) => pid)).not.toContain(gateway.pid)
  await expect.poll(() => poll(gateway, 1), SOON).toEqual([200])
  const before = await metric(gateway, 'naru_polls_total')
  expect(await poll(gateway, 40)).toEqual(Array.from({ length: 40 }, () => 200))
  expect((await metric(gateway, 'naru_polls_total')) - before).toBe(40)
  expect(await metric(gateway, 'naru_gateway_workers')).toBe(2)
  expect(await metric(gateway, 'nodejs_eventloop_lag_p99_seconds')).toBeLessThan(10)
  const { text } = await ask(gateway.internalPort, '/metrics')
  expect(text).toMatch(/^naru_polls_total\{service="gateway"\} \d+$/m)
})

it('keeps serving while a killed worker is replaced, and loses no counter', async () => {
  const gateway = await startWorkers()
  await expect.poll(() => poll(gateway, 2), SOON).toEqual([200, 200])
  await poll(gateway, 20)
  const counted = await metric(gateway, 'naru_polls_total')
  const [killed] = workersOf(gateway)
  process.kill(killed?.pid ?? 0, 'SIGKILL')
  await expect.poll(() => gateway.logged().some(({ msg }) => msg === 'a worker died'), SOON).toBe(true)
  expect(await poll(gateway, 10)).toEqual(Array.from({ length: 10 }, () => 200))
  expect((await ask(gateway.internalPort, '/readyz')).status).toBe(200)
  await expect
    .poll(
      () =>
        workersOf(gateway)
          .map(({ worker }) => worker)
          .sort(),
      SOON,
    )
    .toEqual([1, 2, 3])
  await expect.poll(() => metric(gateway, 'naru_gateway_workers'), SOON).toBe(2)
  expect(await metric(gateway, 'naru_polls_total')).toBe(counted + 10)
  expect(await metric(gateway, 'naru_gateway_worker_deaths_total')).toBe(1)
})

it('is one process where there is one worker', async () => {
  const gateway = await startWorkers({ GATEWAY_WORKERS: '1' })
  await expect.poll(() => poll(gateway, 2), SOON).toEqual([200, 200])
  expect(await metric(gateway, 'naru_polls_total')).toBeGreaterThanOrEqual(2)
  expect(new Set(gateway.logged().map(({ pid }) => pid))).toEqual(new Set([gateway.pid]))
  process.kill(gateway.pid, 'SIGTERM')
  expect(await gateway.ended).toEqual({ code: 0, signal: null })
})

it('refuses an excess connection, once each worker has its share of them', async () => {
  const gateway = await startWorkers({ GATEWAY_CONNECTIONS_MAX: '2' })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const status = `/api/rooms/${gateway.room}/status`
  expect((await ask(gateway.port, status, agent)).status).toBe(200)
  // A second concurrent request needs a second connection, which is the other worker's.
  const both = await Promise.all([ask(gateway.port, status, agent), ask(gateway.port, status, agent)])
  expect(both.map((answer) => answer.status)).toEqual([200, 200])
  await expect(ask(gateway.port, status)).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect((await ask(gateway.port, status, agent)).status).toBe(200)
})

it('ends cleanly when its primary is signalled, while connections are kept alive', async () => {
  const gateway = await startWorkers()
  const pids = workersOf(gateway).map(({ pid }) => pid)
  expect(pids.length).toBe(2)
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  await ask(gateway.port, `/api/rooms/${gateway.room}/status`, agent)
  process.kill(gateway.pid, 'SIGTERM')
  expect(await gateway.ended).toEqual({ code: 0, signal: null })
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
  await expect(ask(gateway.port, '/')).rejects.toThrow('ECONNREFUSED')
  expect(gateway.logged().filter(({ msg }) => /died|failed|gives up/.test(msg))).toEqual([])
})

it('ends cleanly when a terminal signals every process at the same time', async () => {
  const gateway = await startWorkers()
  const pids = workersOf(gateway).map(({ pid }) => pid)
  expect(pids.length).toBe(2)
  for (const pid of [...pids, gateway.pid]) process.kill(pid, 'SIGINT')
  expect(await gateway.ended).toEqual({ code: 0, signal: null })
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
})

it('leaves no worker behind when its primary is killed', async () => {
  const gateway = await startWorkers()
  const pids = workersOf(gateway).map(({ pid }) => pid)
  expect(pids.length).toBe(2)
  process.kill(gateway.pid, 'SIGKILL')
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
})

it('M3: replaces a worker that was told to stop without logging it as dead', async () => {
  const gateway = await startWorkers()
  const [told] = workersOf(gateway)
  process.kill(told?.pid ?? 0, 'SIGTERM')
  const replaced = () => gateway.logged().filter(({ msg }) => msg === 'a worker has stopped and is replaced')
  await expect.poll(() => replaced().length, SOON).toBe(1)
  await expect.poll(() => workersOf(gateway).length, SOON).toBe(3)
  expect(gateway.logged().filter(({ msg }) => msg === 'a worker died')).toEqual([])
  expect(await metric(gateway, 'naru_gateway_worker_deaths_total')).toBe(0)
})

it('ends when its workers die immediately each time', async () => {
  const gateway = await startWorkers()
  const killing = setInterval(() => {
    for (const { pid } of workersOf(gateway)) kill(pid)
  }, 20)
  onTestFinished(() => clearInterval(killing))
  expect(await gateway.ended).toEqual({ code: 1, signal: null })
  expect(gateway.logged().some(({ msg }) => msg === 'the gateway gives up')).toBe(true)
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone already
  }
}

it('fails once, with every error, when it is misconfigured', async () => {
  const settings = { GATEWAY_WORKERS: '2', PLACE_SECRET: 'short', POLL_NEAR_SECONDS: 'often' }
  const failure = await startGateway({ redisUrl: '', rooms: [], core: undefined, env, settings }).catch(
    (error: unknown) => error,
  )
  if (!(failure instanceof Failure)) throw new Error('It started')
  expect(failure.message).toContain('ended at once, with status 1')
  const text = failure.details.join('\n')
  expect(text.match(/The configuration has 3 problem/g)?.length).toBe(1)
  for (const name of ['PLACE_SECRET', 'POLL_NEAR_SECONDS', 'REDIS_URL']) expect(text).toContain(name)
})

it('fails immediately when its port is taken', async () => {
  const { port } = await startWorkers()
  const starting = startGateway({
    redisUrl: redisUrl(),
    rooms: [randomUUID()],
    core: undefined,
    env,
    settings: { GATEWAY_WORKERS: '2', GATEWAY_PORT: String(port) },
  })
  await expect(starting).rejects.toThrow('ended at once, with status 1')
})
