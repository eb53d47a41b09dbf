import { type RedisOptions as AnyRedisOptions, Redis } from 'ioredis'
import type { Logger } from '../log.ts'
import { loadScripts } from './scripts.ts'

export type RedisOptions = {
  /** `redis://…`, `rediss://…`, or the absolute path of a unix socket. */
  url: string
  /** What the connection is for, shown in Redis' client list. */
  name: string
  log: Logger
  /** For tests that choose the time: see `loadScripts`. */
  clockKey?: string
}

type IoRedisOptions = Omit<AnyRedisOptions, 'replyMapping'>

const RECONNECT_MAX_MS = 1000
const COMMAND_TIMEOUT_MS = 5000

const common = {
  lazyConnect: true,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, RECONNECT_MAX_MS),
} satisfies IoRedisOptions

/**
 * A connection with the scripts of `lua/` as typed commands. Commands issued in one turn of the event loop
 * share a round trip. A command fails at once while Redis is away; the connection comes back by itself.
 */
export function createRedis(options: RedisOptions): Redis {
  return open(options, {
    ...common,
    scripts: loadScripts(options.clockKey),
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
  })
}

/**
 * A connection for commands that wait for something, which would hold up all others on a shared one. While Redis is
 * away its commands wait too.
 */
export function createBlockingRedis(options: RedisOptions): Redis {
  return open(options, { ...common, maxRetriesPerRequest: null })
}

function open({ url, name, log }: RedisOptions, settings: IoRedisOptions): Redis {
  const redis = new Redis(url, { ...settings, connectionName: name.replaceAll(' ', '-') })
  redis.on('error', (error) => log.warn({ err: error, connection: name }, 'redis'))
  return redis
}

/** Begins to connect. A Redis that is not there yet is logged and tried again, so that services start in any order. */
export function beginConnecting(redis: Redis): void {
  redis.connect().catch(() => {
    // Logged where every error of the connection is, and retried by its retry strategy.
  })
}

/** True when a command failed because Redis could not be reached, not because of what it asked. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === 'MaxRetriesPerRequestError' || AWAY.some((text) => error.message.startsWith(text))
}

const AWAY = [
  "Stream isn't writeable",
  'Connection is closed',
  'Command timed out',
  'LOADING',
  'connect E',
  'read E',
]
