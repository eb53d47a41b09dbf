import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as RedisServer } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { createDatabaseProbe } from '../../../drizzle/database-probe.ts'
import { checkOrigin } from '../../../gateway/origin-client/check-origin.ts'
import { checkDatabase } from '../../../origin/heartbeat/check-database.ts'
import { createInternalApp } from '../../../shared/http/internal.ts'
import { type Check, createReadiness, startChecks } from '../../../shared/http/readiness.ts'
import { checkRedis } from '../../../shared/redis/check-redis.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { databaseUrl } from '../../../shared/testing/stores.ts'
import { createProxy } from '../../load/chaos/proxy.ts'
import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'

const { env } = process
const log = createLogger('test', 'silent')
const SOON = { timeout: 15_000, interval: 20 }
const SILENT_MS = 300

const opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** A process with these checks, as an operator sees it. */
function watch(checks: readonly Check[]) {
  const readiness = createReadiness()
  readiness.set()
  const loop = startChecks({ checks, readiness, log, everyMs: 20, msMax: 2 * SILENT_MS })
  opened.push(loop.stop)
  const app = createInternalApp({ service: 'test', readiness, metrics: async () => '' })
  return async () => {
    const response = await app.request('/readyz')
    const body = (await response.json()) as { status: string; troubles: { code: string; detail: string }[] }
    expect(response.status).toBe(body.status === 'ready' ? 200 : 503)
    for (const { detail } of body.troubles) expect(detail).toMatch(/^[A-Z].* .*[a-z]$/)
    expect((await app.request('/healthz')).status).toBe(200)
    return [body.status, ...body.troubles.map(({ code }) => code)]
  }
}

async function connect(url: string): Promise<Redis> {
  const redis = createRedis({ url, name: 'test', log, silentMs: SILENT_MS })
  opened.push(() => redis.disconnect())
  await redis.connect()
  return redis
}

async function openRedis() {
  const store = await startRedis({ env })
  opened.push(store.stop)
  const proxy = await createProxy({
    listen: { host: '127.0.0.1', port: 0 },
    targets: () => [{ path: store.url }],
  })
  opened.push(proxy.close)
  const operator = new RedisServer(store.url)
  operator.on('error', () => {})
  opened.push(() => operator.disconnect())
  const redis = await connect(`redis://127.0.0.1:${proxy.port}`)
  return { redis, operator, proxy, readyz: watch([checkRedis(redis)]) }
}

type Opened = Awaited<ReturnType<typeof openRedis>>

describe('H9: readiness', () => {
  it.each<[string, string, (stores: Opened) => unknown, (stores: Opened) => unknown]>([
    [
      'is a replica',
      'redis-read-only',
      ({ operator }) => operator.replicaof('127.0.0.1', '1'),
      ({ operator }) => operator.replicaof('NO', 'ONE'),
    ],
    [
      'has no memory left, though it answers reads',
      'redis-out-of-memory',
      ({ operator }) => operator.config('SET', 'maxmemory', '1'),
      ({ operator }) => operator.config('SET', 'maxmemory', '0'),
    ],
    [
      'lacks replicas',
      'redis-without-replicas',
      ({ operator }) => operator.config('SET', 'min-replicas-to-write', '1'),
      ({ operator }) => operator.config('SET', 'min-replicas-to-write', '0'),
    ],
    [
      'says nothing',
      'redis-unreachable',
      ({ proxy }) => proxy.change({ hold: true }),
      ({ proxy }) => proxy.change({ hold: false }),
    ],
    [
      'lets nobody in',
      'redis-unreachable',
      ({ proxy }) => proxy.change({ refuse: true }),
      ({ proxy }) => proxy.change({ refuse: false }),
    ],
  ])('goes and comes back with a Redis that %s, and says so', async (_, code, begin, end) => {
    const stores = await openRedis()
    await expect.poll(stores.readyz, SOON).toEqual(['ready'])
    await begin(stores)
    await expect.poll(stores.readyz, SOON).toEqual(['not-ready', code])
    await end(stores)
    await expect.poll(stores.readyz, SOON).toEqual(['ready'])
  })

  it('goes and comes back with a MySQL that says nothing, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'naru-ready-'))
    opened.push(() => rmSync(folder, { recursive: true }))
    const [path, url] = [join(folder, 'mysql.sock'), new URL(databaseUrl())]
    const socket = url.searchParams.get('socketPath')
    const real = socket === null ? { host: url.hostname, port: Number(url.port) } : { path: socket }
    const proxy = await createProxy({ listen: { path }, targets: () => [real] })
    opened.push(proxy.close)
    url.searchParams.set('socketPath', path)
    const probe = createDatabaseProbe({ url: url.href })
    opened.push(probe.close)
    const readyz = watch([checkDatabase(probe)])
    await expect.poll(readyz, SOON).toEqual(['ready'])
    proxy.change({ hold: true })
    await expect.poll(readyz, SOON).toEqual(['not-ready', 'mysql-unreachable'])
    proxy.change({ hold: false })
    await expect.poll(readyz, SOON).toEqual(['ready'])
    proxy.change({ refuse: true })
    await expect.poll(readyz, SOON).toEqual(['not-ready', 'mysql-unreachable'])
    proxy.change({ refuse: false })
    await expect.poll(readyz, SOON).toEqual(['ready'])
  })

  it('of a gateway stays without an origin, since pages go on, and says so', async () => {
    const { redis, operator } = await openRedis()
    const readyz = watch([checkOrigin(redis, 60_000)])
    await expect.poll(readyz, SOON).toEqual(['ready', 'origin-silent'])
    await redis.originHeartbeat(ORIGINS_KEY, 'origin', 1000)
    await expect.poll(readyz, SOON).toEqual(['ready'])
    await operator.del(ORIGINS_KEY)
    await expect.poll(readyz, SOON).toEqual(['ready', 'origin-silent'])
  })

  it('stays while one node of a cluster takes writes, says what is wrong, and goes with the last', async () => {
    const cluster = await startRedisCluster({ env })
    opened.push(cluster.stop)
    const operators = cluster.nodes.map(({ url }) => new RedisServer(url))
    opened.push(() => {
      for (const operator of operators) operator.disconnect()
    })
    const readyz = watch([checkRedis(await connect(cluster.url))])
    await expect.poll(readyz, SOON).toEqual(['ready'])
    await operators[0]?.config('SET', 'maxmemory', '1')
    await expect.poll(readyz, SOON).toEqual(['ready', 'redis-out-of-memory'])
    for (const operator of operators) await operator.config('SET', 'maxmemory', '1')
    await expect.poll(readyz, SOON).toEqual(['not-ready', 'redis-out-of-memory'])
    for (const operator of operators) await operator.config('SET', 'maxmemory', '0')
    await expect.poll(readyz, SOON).toEqual(['ready'])
  })
})
