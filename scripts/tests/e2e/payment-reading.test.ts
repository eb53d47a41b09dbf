import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as RedisServer } from 'ioredis'
import { pino } from 'pino'
import { expect, it, onTestFinished, vi } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { type PaymentWorkerDeps, startPaymentWorker } from '../../../origin/payments/process/worker.ts'
import { createBookProvider } from '../../../origin/testing/book-provider.ts'
import { openTestHolds, testWorkerDeps } from '../../../origin/testing/payments.ts'
import { createBlockingRedis, createRedis, nodesOf, type Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import type { PrivateStore } from '../../develop/stores/redis.ts'
import { startRedisCluster } from '../../develop/stores/redis-cluster.ts'
import { createProxy } from '../../load/chaos/proxy.ts'

const { db } = useDatabase()
const { redis } = useRedis()
const log = createLogger('test', 'silent')
const SOON = { timeout: 20_000, interval: 50 }
const SILENT_MS = 300
const ROOMS = 6

function startWorker(on: Redis, room: string, more: Partial<PaymentWorkerDeps>) {
  const stores = { db: db(), redis: on, provider: createBookProvider() }
  const backoff = { baseMs: 200, maxMs: 200 }
  const worker = startPaymentWorker(testWorkerDeps(stores, { backoff, silentMs: SILENT_MS, ...more }), room)
  onTestFinished(() => worker.stop())
  return worker
}

const stateOf = (on: Redis, room: string, payment: string) =>
  on.hget(roomKeys(room).payment(payment), 'state').catch(String)

it('H9: resumes over a new connection when its own is silent, and logs this once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'naru-silent-'))
  const path = join(folder, 'redis.sock')
  const proxy = await createProxy({ listen: { path }, targets: () => [{ path: redisUrl() }] })
  onTestFinished(async () => {
    await proxy.close()
    rmSync(folder, { recursive: true })
  })
  const { room, pay } = await openTestHolds({ db: db(), redis: redis() }, 2)
  const told: string[] = []
  let url = path
  const worker = startWorker(redis(), room, {
    log: pino({ level: 'info' }, { write: (line) => told.push(JSON.parse(line).msg) }),
    openBlockingRedis: (key) =>
      createBlockingRedis({ url, name: 'test', log, silentMs: SILENT_MS }, { redis: redis(), key }),
  })
  const first = await pay(0)
  await expect.poll(() => stateOf(redis(), room, first), SOON).toBe('confirmed')
  proxy.change({ hold: true })
  await expect.poll(worker.unreadMs, SOON).toBeGreaterThan(4 * SILENT_MS)
  url = redisUrl()
  const second = await pay(1)
  await expect.poll(() => stateOf(redis(), room, second), SOON).toBe('confirmed')
  await expect.poll(() => told, SOON).toContain('payments are read again')
  expect(told).toEqual([
    'payments cannot be read; trying again on a new connection',
    'payments are read again',
  ])
})

it('H9: resumes the payments of rooms whose cluster nodes failed over, one after the other', async () => {
  const cluster = await startRedisCluster({ env: process.env, withReplicas: true })
  onTestFinished(cluster.stop)
  const connect = async (silentMs?: number) => {
    const client = createRedis({ url: cluster.url, name: 'test', log, ...(silentMs && { silentMs }) })
    onTestFinished(() => client.disconnect())
    await client.connect()
    // The cluster client refuses commands for a node that it is still connecting to.
    await Promise.all(nodesOf(client).map((node) => node.ping()))
    return client
  }
  // Fans have the patience of production: on a busy machine Redis may well be silent for 300 ms.
  const [on, fans] = [await connect(SILENT_MS), await connect()]
  const sales = await Promise.all(
    Array.from({ length: ROOMS }, () => openTestHolds({ db: db(), redis: fans }, 4)),
  )
  for (const { room } of sales) {
    startWorker(on, room, {
      openBlockingRedis: (key) =>
        createBlockingRedis({ url: cluster.url, name: 'test', log, silentMs: SILENT_MS }, { redis: on, key }),
    })
  }
  const states = (ids: readonly string[]) =>
    Promise.all(sales.map(({ room }, i) => stateOf(fans, room, ids[i] ?? '')))
  const confirmed = sales.map(() => 'confirmed')
  const first = await Promise.all(sales.map(({ pay }) => pay(0)))
  await expect.poll(() => states(first), SOON).toEqual(confirmed)
  const askAsOperator = async (node: PrivateStore | undefined, command: string, ...args: string[]) => {
    const operator = new RedisServer(node?.url ?? '')
    await operator.call(command, ...args).finally(() => operator.disconnect())
  }
  for (const [i, master] of cluster.nodes.entries()) {
    // Until its replica has everything: losing writes is tested elsewhere.
    await askAsOperator(master, 'WAIT', '1', '0')
    master.kill()
    await askAsOperator(cluster.replicas[i], 'CLUSTER', 'FAILOVER', 'TAKEOVER')
    // A fan is told to retry until the other nodes know of the failover.
    const ids = await Promise.all(sales.map(({ pay }) => vi.waitFor(() => pay(i + 1), SOON)))
    await expect.poll(() => states(ids), SOON).toEqual(confirmed)
  }
})
