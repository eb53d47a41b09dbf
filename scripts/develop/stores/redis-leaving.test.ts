import { Redis as RedisServer } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { createRedis, createSubscriber, type Redis } from '../../../shared/redis/client.ts'
import { isRedisUnavailable } from '../../../shared/redis/unavailable.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { createProxy } from '../../load/chaos/proxy.ts'
import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { startRedisPair } from './redis-pair.ts'

const { env } = process
const HOST = '127.0.0.1'
const SOON = { timeout: 15_000, interval: 20 }
const SILENT_MS = 200
const log = createLogger('test', 'silent')

const opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** A Redis behind a proxy, and what asks it over that. */
async function openBehindProxy() {
  const store = await startRedis({ env })
  opened.push(store.stop)
  const proxy = await createProxy({
    listen: { host: HOST, port: 0 },
    targets: () => [{ path: store.url }],
  })
  opened.push(proxy.close)
  const options = { url: `redis://${HOST}:${proxy.port}`, name: 'test', log, silentMs: SILENT_MS }
  const direct = new RedisServer(store.url)
  direct.on('error', () => {})
  opened.push(() => direct.disconnect())
  return { proxy, options, direct }
}

function closing(redis: Redis): Redis {
  opened.push(() => redis.disconnect())
  return redis
}

const failureOf = (command: Promise<unknown>): Promise<unknown> =>
  command.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('H9: a connection to a silent Redis', () => {
  it('is replaced by a new one, and commands in flight fail as unavailable', async () => {
    const { proxy, options } = await openBehindProxy()
    const redis = closing(createRedis(options))
    await redis.connect()
    const before = await redis.client('ID')
    proxy.change({ hold: true })
    expect(await failureOf(redis.get('key'))).toSatisfy(isRedisUnavailable)
    proxy.change({ hold: false })
    await expect.poll(() => redis.client('ID').catch(() => before), SOON).not.toBe(before)
  })

  it('is replaced also when idle, so that the next command uses another', async () => {
    const { proxy, options } = await openBehindProxy()
    const redis = closing(createRedis(options))
    await redis.connect()
    const closed = new Promise((resolve) => redis.on('close', () => resolve('closed')))
    proxy.change({ hold: true })
    expect(await closed).toBe('closed')
  })

  it('is replaced when it does not become ready', async () => {
    const { proxy, options } = await openBehindProxy()
    proxy.change({ hold: true })
    const redis = closing(createRedis(options))
    expect(await failureOf(redis.connect())).toSatisfy(isRedisUnavailable)
    proxy.change({ hold: false })
    await expect.poll(() => redis.ping().catch(String), SOON).toBe('PONG')
  })

  it('is replaced when it waits for messages, which are then received again', async () => {
    const { proxy, options, direct } = await openBehindProxy()
    const subscriber = closing(createSubscriber(options))
    const heard: string[] = []
    subscriber.on('message', (_, message) => heard.push(message ?? ''))
    await subscriber.connect()
    await subscriber.subscribe('channel')
    const closed = new Promise((resolve) => subscriber.on('close', () => resolve('closed')))
    proxy.change({ hold: true })
    expect(await closed).toBe('closed')
    proxy.change({ hold: false })
    const hear = async () => {
      await direct.publish('channel', 'news')
      return heard
    }
    await expect.poll(hear, SOON).toContain('news')
  })

  it('is kept when it is idle and replies to a ping', async () => {
    const { options, direct } = await openBehindProxy()
    // Long enough for a busy machine to reply in time.
    const patient = { ...options, silentMs: 10 * SILENT_MS }
    const [redis, subscriber] = [closing(createRedis(patient)), closing(createSubscriber(patient))]
    await Promise.all([redis.connect(), subscriber.connect()])
    await subscriber.subscribe('channel')
    let closed = 0
    for (const each of [redis, subscriber]) each.on('close', () => (closed += 1))
    const signs = async () =>
      Number(/cmdstat_ping:calls=(\d+)/.exec(await direct.info('commandstats'))?.[1] ?? 0)
    await expect.poll(signs, SOON).toBeGreaterThan(6)
    expect(closed).toBe(0)
  })
})

describe('H9: a connection to a Redis that is no longer a primary', () => {
  it('is replaced by one to the primary that its name resolves to by then', async () => {
    const pair = await startRedisPair({ env })
    opened.push(pair.stop)
    let leadsTo = pair.primary
    const proxy = await createProxy({
      listen: { host: HOST, port: 0 },
      targets: () => [{ host: HOST, port: Number(new URL(leadsTo.url).port) }],
    })
    opened.push(proxy.close)
    const url = new URL(pair.primary.url)
    url.port = `${proxy.port}`
    const redis = closing(createRedis({ url: url.href, name: 'test', log }))
    await redis.connect()
    await redis.set('key', 'before')
    await pair.caughtUp(pair.replica, pair.primary)
    // As a planned failover does it: the roles change, and the connections stay.
    await pair.follow(pair.replica)
    leadsTo = pair.replica
    await pair.follow(pair.primary, pair.replica)
    const write = () => redis.set('key', 'after').catch(String)
    expect(await write()).toMatch(/READONLY/)
    await expect.poll(write, SOON).toBe('OK')
    const promoted = new RedisServer(pair.replica.url)
    opened.push(() => promoted.disconnect())
    expect(await promoted.get('key')).toBe('after')
  })

  it('is replaced also when scripts fail', async () => {
    const pair = await startRedisPair({ env })
    opened.push(pair.stop)
    const redis = closing(createRedis({ url: pair.replica.url, name: 'test', log }))
    await redis.connect()
    const before = await redis.client('ID')
    const script = () => failureOf(redis.eval("return redis.call('SET', KEYS[1], 1)", 1, 'key'))
    expect(await script()).toSatisfy(isRedisUnavailable)
    await expect.poll(() => redis.client('ID').catch(() => before), SOON).not.toBe(before)
  })
})

it('H9: messages of a cluster are received through another node when the present one is gone', async () => {
  const cluster = await startRedisCluster({ env })
  opened.push(cluster.stop)
  const subscriber = closing(createSubscriber({ url: cluster.url, name: 'test', log, silentMs: SILENT_MS }))
  const heard: string[] = []
  let ready = 0
  subscriber.on('ready', () => (ready += 1))
  subscriber.on('message', (_, message) => heard.push(message ?? ''))
  await subscriber.connect()
  await subscriber.subscribe('channel')
  cluster.nodes[0]?.kill()
  await expect.poll(() => ready, SOON).toBe(2)
  const other = new RedisServer(cluster.nodes[2]?.url ?? '')
  opened.push(() => other.disconnect())
  const hear = async () => {
    await other.publish('channel', 'news')
    return heard
  }
  await expect.poll(hear, SOON).toContain('news')
})
