import {
  type ClusterOptions as AnyClusterOptions,
  type RedisOptions as AnyRedisOptions,
  Cluster,
  type RedisCommander,
  Redis as RedisServer,
} from 'ioredis'
import type { Logger } from '../log.ts'
import { type RedisPlace, readRedisPlace } from './place.ts'
import { loadScripts } from './scripts.ts'

/** A connection to one server, or to all nodes of a cluster: what both can do. */
export type Redis = RedisCommander<{ type: 'default'; mapping: 'resp2' }> &
  Pick<RedisServer, 'connect' | 'disconnect' | 'multi' | 'pipeline'> & {
    once(event: 'error', listener: (error: Error) => void): unknown
    /** `message` comes with a channel and what was said there. */
    on(event: 'ready' | 'close' | 'message', listener: (...texts: string[]) => void): unknown
  }

export type RedisOptions = {
  /** `redis://…`, `rediss://…`, the absolute path of a unix socket, or a cluster: see `readRedisPlace`. */
  url: string
  /** What the connection is for, shown in Redis' client list. */
  name: string
  log: Logger
  /** For tests that choose the time: see `loadScripts`. */
  clockKey?: string
}

type ServerOptions = Omit<AnyRedisOptions, 'replyMapping'>
type ClusterOptions = Omit<AnyClusterOptions, 'redisOptions'> & {
  redisOptions?: Omit<NonNullable<AnyClusterOptions['redisOptions']>, 'replyMapping'>
}

const RECONNECT_MAX_MS = 1000
const COMMAND_TIMEOUT_MS = 5000
/** After so many tries a node is taken for gone; should the cluster still name it, it is tried anew. */
const NODE_TRIES_MAX = 30
const REDIRECTIONS_MAX = 5
const TOPOLOGY_REFRESH_MS = 5000

const retryStrategy = (attempt: number) => Math.min(50 * attempt, RECONNECT_MAX_MS)

/**
 * A connection with the scripts of `lua/` as typed commands. Commands issued in one turn of the event loop
 * share a round trip, in a cluster one for each node. A command fails at once while Redis, or its node, is away; the
 * connection comes back by itself.
 */
export function createRedis(options: RedisOptions): Redis {
  const commands = { scripts: loadScripts(options.clockKey), enableAutoPipelining: true }
  const place = readRedisPlace(options.url)
  if (place.kind === 'server') {
    return openServer(options, place.url, {
      ...commands,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    })
  }
  return openCluster(options, place, {
    ...commands,
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: REDIRECTIONS_MAX,
    redisOptions: { commandTimeout: COMMAND_TIMEOUT_MS },
  })
}

/**
 * A connection for commands that wait for something, which would hold up all others on a shared one. While Redis is
 * away its commands wait too; in a cluster they fail when their node goes, since another may take its place.
 */
export function createBlockingRedis(options: RedisOptions): Redis {
  const place = readRedisPlace(options.url)
  return place.kind === 'server'
    ? openServer(options, place.url, { maxRetriesPerRequest: null })
    : openCluster(options, place, {})
}

function openServer({ name, log }: RedisOptions, url: string, settings: ServerOptions): RedisServer {
  const redis = new RedisServer(url, {
    lazyConnect: true,
    retryStrategy,
    connectionName: nameOf(name),
    ...settings,
  })
  redis.on('error', (error) => log.warn({ err: error, connection: name }, 'redis'))
  return redis
}

function openCluster(
  { name, log }: RedisOptions,
  { nodes, credentials, encrypted }: Extract<RedisPlace, { kind: 'cluster' }>,
  settings: ClusterOptions,
): Cluster {
  const cluster = new Cluster(nodes, {
    lazyConnect: true,
    clusterRetryStrategy: retryStrategy,
    clusterNodeRetryStrategy: (attempt) => (attempt > NODE_TRIES_MAX ? null : retryStrategy(attempt)),
    slotsRefreshInterval: TOPOLOGY_REFRESH_MS,
    ...settings,
    // A certificate is made out to a host's name, so the name is what is connected to.
    ...(encrypted ? { dnsLookup: (host, found) => found(null, host) } : {}),
    redisOptions: {
      ...settings.redisOptions,
      // What was asked of a node that went is not kept for its return: the slot may be another's by then.
      maxRetriesPerRequest: 0,
      connectionName: nameOf(name),
      ...credentials,
      ...(encrypted ? { tls: {} } : {}),
    },
  })
  cluster.on('error', (error) => log.warn({ err: error, connection: name }, 'redis'))
  cluster.on('node error', (error, node) => log.warn({ err: error, connection: name, node }, 'redis'))
  cluster.on('refresh', () => fillSlots(cluster))
  return cluster
}

/** For a slot that no node serves, ioredis would throw where it should answer; so nodes without it are asked, and say so. */
function fillSlots({ slots }: Cluster): void {
  for (let slot = 0; slot < SLOTS; slot += 1) slots[slot] ??= []
}

const SLOTS = 16_384

/** Redis takes no spaces in a connection's name. */
function nameOf(name: string): string {
  return name.replaceAll(' ', '-')
}

/** Begins to connect. A Redis that is not there yet is logged and tried again, so that services start in any order. */
export function beginConnecting(redis: Redis): void {
  redis.connect().catch(() => {
    // Logged where every error of the connection is, and retried by its retry strategy.
  })
}

/** One of the servers that a Redis consists of. */
export type RedisNodeClient = RedisServer

/** What of a Redis has keys of its own, for commands that see one server at a time, as SCAN does. */
export function nodesOf(redis: Redis): RedisNodeClient[] {
  if (redis instanceof Cluster) return redis.nodes('master')
  return redis instanceof RedisServer ? [redis] : []
}

/** By slot, the nodes of a cluster that have it, `host:port`, its master first; undefined on a single server. */
export function slotsOf(redis: Redis): readonly (readonly string[] | undefined)[] | undefined {
  return redis instanceof Cluster ? redis.slots : undefined
}
