import { randomBytes } from 'node:crypto'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { createRedis, type Redis } from '../redis/client.ts'
import { roomKeys } from '../redis/keys.ts'
import { loadScripts } from '../redis/scripts.ts'
import { createLogger } from '../runtime/log.ts'
import { redisUrl } from './stores.ts'

/** Connections to the test Redis for a test file, closed after it. Several, so that callers really race. */
export function useRedis(connections = 1): { redis: () => Redis; caller: (n: number) => Redis } {
  const open: Redis[] = []
  beforeAll(async () => {
    const log = createLogger('test', 'silent')
    for (let i = 0; i < connections; i += 1) open.push(createRedis({ url: redisUrl(), name: 'test', log }))
    await Promise.all(open.map((redis) => redis.connect()))
  })
  afterAll(() => {
    for (const redis of open) redis.disconnect()
  })
  const caller = (n: number): Redis => {
    const redis = open[n % connections]
    if (redis === undefined) throw new Error('Redis is opened before the tests run')
    return redis
  }
  return { redis: () => caller(0), caller }
}

/** A clock for each room that only the test advances. Its `key` goes to `createRedis`. */
export function makeTestClock(): {
  key: string
  set(redis: Redis, room: string, nowMs: number): Promise<void>
} {
  const name = `test-clock-${randomBytes(6).toString('hex')}`
  return {
    key: `${name}:{}`,
    async set(redis, room, nowMs) {
      await redis.set(`${name}:{${room}}`, nowMs)
    },
  }
}

export type TestSettings = { order?: 'arrival' | 'draw' } & {
  [text in 'drawSecret' | 'beacon' | 'noticeKo' | 'noticeEn']?: string
} & Partial<
    Record<
      | 'lobbyAt'
      | 'opensAt'
      | 'closesAt'
      | 'ratePerSecond'
      | 'maxActive'
      | 'entriesMax'
      | 'graceSeconds'
      | 'passSeconds'
      | 'holdSeconds'
      | 'entriesPerAddressMax'
      | 'proofOfWork'
      | 'drawVersion'
      | 'participantsPerNetworkMax'
      | 'participantsPerDomainMax'
      | 'paused'
      | 'version',
      number
    >
  >

export type TestType = {
  type: number
  quantity: number
  price?: number
  limit?: number
  from?: number
  to?: number
}

const FAR = 4_102_444_800_000

/** Publishes a new room, open and with generous limits by default. Returns its name. */
export async function publishTestRoom(
  redis: Redis,
  options: { room?: string; settings?: TestSettings; types?: TestType[] } = {},
): Promise<string> {
  const room = options.room ?? `test-${randomBytes(8).toString('hex')}`
  const keys = roomKeys(room)
  const settings = {
    order: 'arrival',
    drawSecret: '',
    drawVersion: 2,
    participantsPerNetworkMax: 0,
    participantsPerDomainMax: 0,
    beacon: 'none',
    paused: 0,
    version: 1,
    noticeKo: '',
    noticeEn: '',
    currency: 'KRW',
    lobbyAt: 0,
    opensAt: 0,
    closesAt: FAR,
    ratePerSecond: 100_000,
    maxActive: 100_000,
    entriesMax: 1_000_000,
    graceSeconds: 60,
    passSeconds: 600,
    holdSeconds: 300,
    entriesPerAddressMax: 0,
    proofOfWork: 0,
    ...options.settings,
  }
  const types = (options.types ?? [{ type: 1, quantity: 100_000 }]).map((type) => ({
    sold: 0,
    price: 1000,
    limit: 100,
    from: 0,
    to: FAR,
    ...type,
  }))
  await redis.roomPublish(
    keys.settings,
    keys.stock,
    keys.types,
    keys.holds,
    keys.hold,
    '1',
    JSON.stringify(settings),
    JSON.stringify(types),
  )
  return room
}

/** Gives accounts live passes, as a claim would; returns the pass IDs. */
export async function grantTestPasses(
  redis: Redis,
  room: string,
  accounts: readonly string[],
  seconds = 600,
): Promise<string[]> {
  const keys = roomKeys(room)
  const passes = accounts.map((account, position) => ({ account, id: crypto.randomUUID(), position }))
  // A whole second, as for a claim.
  const expires = (Math.floor(Date.now() / 1000) + seconds) * 1000
  await Promise.all(
    passes.flatMap(({ account, ...pass }) => [
      redis.zadd(keys.passes, expires, account),
      redis.hset(keys.pass, account, JSON.stringify(pass)),
    ]),
  )
  return passes.map(({ id }) => id)
}

/** Deletes all of a room's keys from Redis, as after a wipe; other rooms stay unchanged. */
export async function wipeTestRoom(redis: Redis, room: string): Promise<void> {
  for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
    let cursor = '0'
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', `room:{${room}}:*`, 'COUNT', 1000)
      for (const key of keys) await node.unlink(key)
      cursor = next
    } while (cursor !== '0')
  }
}

/**
 * The same Redis, recording every command that its scripts run.
 *
 * @returns `takeCommands` - those since the last call, each as its words
 */
export function watchScripts(redis: Redis): { redis: Redis; takeCommands(): string[][] } {
  const scripts = loadScripts()
  let commands: string[][] = []
  const watched = new Proxy(redis, {
    get(target, name) {
      const script = scripts[String(name)]
      const value: unknown = Reflect.get(target, name)
      if (script === undefined) return typeof value === 'function' ? (value.bind(target) as unknown) : value
      const lua = `
        local commands, real = {}, redis
        local redis = { call = function(...)
          table.insert(commands, { ... })
          return real.call(...)
        end }
        local function script() ${script.lua} end
        local reply = script()
        for _, words in ipairs(commands) do
          for i, word in ipairs(words) do words[i] = tostring(word) end
        end
        return { reply, commands }`
      return async (...args: (string | number | Buffer)[]) => {
        const [reply, ran] = (await target.eval(lua, script.numberOfKeys, ...args)) as [unknown, string[][]]
        commands = [...commands, ...ran]
        return reply
      }
    },
  })
  return {
    redis: watched,
    takeCommands() {
      const taken = commands
      commands = []
      return taken
    },
  }
}
