import { Redis } from 'ioredis'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { type Redis as Client, createRedis } from '../../../shared/redis/client.ts'
import { isRedisUnavailable } from '../../../shared/redis/unavailable.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { startRedis } from './redis.ts'

/** As the services use it. */
let client: Client
/** As an operator does. */
let operator: Redis
let url: string
let stop: () => Promise<void>

beforeEach(async () => {
  const store = await startRedis({ env: process.env })
  url = store.url
  stop = store.stop
  operator = connectOperator()
  client = createRedis({ url, name: 'test', log: createLogger('test', 'silent') })
  await client.connect()
  onTestFinished(async () => {
    client.disconnect()
    operator.disconnect()
    await store.stop()
  })
})

function connectOperator(): Redis {
  const redis = new Redis(url)
  redis.on('error', () => {})
  return redis
}

async function failureOf(command: Promise<unknown>): Promise<unknown> {
  return await command.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const write = () => client.set('key', 'value')
const inScript = () => client.eval("return redis.call('SET', KEYS[1], 'value')", 1, 'key')

// H7, with a Redis that really says so.
it.each<[string, string, () => Promise<unknown>]>([
  ['has no memory left', 'OOM', () => operator.config('SET', 'maxmemory', '1')],
  ['has too few replicas', 'NOREPLICAS', () => operator.config('SET', 'min-replicas-to-write', '1')],
  ['has become a replica', 'READONLY', () => operator.replicaof('127.0.0.1', '1')],
])('H7: Redis is known to be unavailable when it %s', async (_, code, happen) => {
  await happen()
  for (const attempt of [write, inScript]) {
    const fail = async () => {
      const error = await failureOf(attempt())
      expect(isRedisUnavailable(error)).toBe(true)
      return String(error)
    }
    // A connection that such an answer has ended is made again meanwhile.
    await expect.poll(fail).toContain(code)
  }
})

it('H7: recognises that Redis is unavailable when it is a replica without its primary', async () => {
  await operator.config('SET', 'replica-serve-stale-data', 'no')
  await operator.replicaof('127.0.0.1', '1')
  const error = await failureOf(client.get('key'))
  expect(String(error)).toContain('MASTERDOWN')
  expect(isRedisUnavailable(error)).toBe(true)
})

it('H7: recognises that Redis is unavailable when a script does not end', async () => {
  await operator.config('SET', 'lua-time-limit', '1')
  const looping = connectOperator()
  const loop = failureOf(looping.eval('while true do end', 0))
  await expect.poll(async () => String(await failureOf(write()))).toContain('BUSY')
  expect(isRedisUnavailable(await failureOf(write()))).toBe(true)
  await operator.script('KILL')
  await loop
  looping.disconnect()
})

it('H7: recognises that Redis is unavailable when its password has changed', async () => {
  await operator.config('SET', 'requirepass', 'secret')
  const other = createRedis({ url, name: 'other', log: createLogger('test', 'silent') })
  await failureOf(other.connect())
  const error = await failureOf(other.get('key'))
  other.disconnect()
  expect(error).toBeInstanceOf(Error)
  expect(isRedisUnavailable(error)).toBe(true)
})

it('H7: recognises that Redis is unavailable when it has been stopped', async () => {
  await stop()
  await expect.poll(() => failureOf(write())).toBeInstanceOf(Error)
  expect(isRedisUnavailable(await failureOf(write()))).toBe(true)
})
