import {
  type ClusterOptions as AnyClusterOptions,
  type RedisOptions as AnyRedisOptions,
  Cluster,
  Command,
  type RedisCommander,
  Redis as RedisServer,
} from 'ioredis'
import type { Logger } from '../runtime/log.ts'
import { createLeaving, cutWhenSilent } from './leaving.ts'
import { loadScripts } from './scripts.ts'
import { type RedisNode, type RedisPlace, readRedisPlace } from './url.ts'

/** A connection to one server, or to all nodes of a cluster, with the operations common to both. */
export type Redis = RedisCommander<{ type: 'default'; mapping: 'resp2' }> &
  Pick<RedisServer, 'connect' | 'disconnect' | 'multi' | 'pipeline'> & {
    once(event: 'error', listener: (error: Error) => void): unknown
    /** `message` is emitted with a channel and the message published there. */
    on(event: 'ready' | 'close' | 'message', listener: (...texts: string[]) => void): unknown
  }

export type RedisOptions = {
  /** `redis://…`, `rediss://…`, the absolute path of a unix socket, or a cluster: see `readRedisPlace`. */
  url: string
  /** What the connection is for, shown in Redis' client list. */
  name: string
  log: Logger
  /** How long a server may be silent, or take to accept a connection, before the client reconnects. */
  silentMs?: number
  /** For tests that choose the time: see `loadScripts`. */
  clockKey?: string
}

type ServerOptions = Omit<AnyRedisOptions, 'replyMapping'>
type ClusterOptions = Omit<AnyClusterOptions, 'redisOptions'> & {
  redisOptions?: Omit<NonNullable<AnyClusterOptions['redisOptions']>, 'replyMapping'>
}
type ClusterPlace = Extract<RedisPlace, { kind: 'cluster' }>

/** Together with the time to reconnect, a silent server is abandoned within three seconds. */
export const REDIS_SILENT_MS = 2000
const RECONNECT_MAX_MS = 1000
/** An abandoned connection is closed after this time, whether the server agrees or not. */
const DISCONNECT_MS_MAX = 500
/** For a reply missing among others that arrive: a connection without any reply is cut before. */
const COMMAND_TIMEOUT_MS = 5000
/** After this many attempts a node counts as gone; if the cluster still lists it, it is tried again. */
const NODE_ATTEMPTS_MAX = 30
const REDIRECTIONS_MAX = 5
const TOPOLOGY_REFRESH_MS = 2000

/** The error of a node that knows no others. */
export const UNSERVED = 'CLUSTERDOWN Hash slot not served'

const retryStrategy = (attempt: number) => Math.min(50 * attempt, RECONNECT_MAX_MS)

/**
 * A connection with the scripts of `lua/` as typed commands. Commands issued in one turn of the event loop share a
 * round trip, in a cluster one for each node. A command fails immediately while Redis, or its node, is unavailable. The
 * connection reconnects by itself, to the server that the name resolves to by then; a server that is silent or no
 * longer a primary is abandoned.
 */
export function createRedis(options: RedisOptions): Redis {
  const commands = { scripts: loadScripts(options.clockKey), enableAutoPipelining: true }
  const place = readRedisPlace(options.url)
  if (place.kind === 'server') {
    const redis = openServer(options, place.url, {
      ...commands,
      retryStrategy,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      reconnectOnError: createLeaving(),
      ...accessTo(place),
    })
    cutWhenSilent(redis, options.silentMs ?? REDIS_SILENT_MS)
    return redis
  }
  const cluster = openCluster(options, place, {
    ...commands,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshInterval: TOPOLOGY_REFRESH_MS,
    redisOptions: { commandTimeout: COMMAND_TIMEOUT_MS, reconnectOnError: createLeaving() },
  })
  cluster.on('+node', (node) => cutWhenSilent(node, options.silentMs ?? REDIS_SILENT_MS))
  return cluster
}

/**
 * A dedicated connection for blocking commands, which would delay all others on a shared one; on a cluster, to the node
 * that has the key. It has to be connected before use and never reconnects: only its user knows how long a reply may
 * take.
 *
 * @param of.redis - a connection to the same Redis, which knows by now where keys are
 * @throws when no node has the key
 */
export function createBlockingRedis(options: RedisOptions, of: { redis: Redis; key: string }): Redis {
  const place = readRedisPlace(options.url)
  const settings = { retryStrategy: () => null, enableOfflineQueue: false, maxRetriesPerRequest: 0 }
  if (place.kind === 'server') return openServer(options, place.url, { ...settings, ...accessTo(place) })
  const node = nodeOf(of.redis, of.key)
  if (node === undefined) throw new Error(UNSERVED)
  return openServer(options, node, { ...settings, ...accessTo(place) })
}

/**
 * A connection that receives published messages, on a cluster from any of its nodes. It reconnects by itself and
 * subscribes again; `ready` means that messages may have been missed.
 */
export function createSubscriber(options: RedisOptions): Redis {
  const place = readRedisPlace(options.url)
  const settings = { maxRetriesPerRequest: null, retryStrategy }
  const redis =
    place.kind === 'server'
      ? openServer(options, place.url, { ...settings, ...accessTo(place) })
      : openServer(options, nodeAt(place, 0), {
          ...settings,
          ...accessTo(place),
          retryStrategy(attempt) {
            // Applied at the next connect.
            Object.assign(redis.options, nodeAt(place, attempt))
            return retryStrategy(attempt)
          },
        })
  cutWhenSilent(redis, options.silentMs ?? REDIS_SILENT_MS)
  return redis
}

function openServer(options: RedisOptions, address: string | RedisNode, own: ServerOptions): RedisServer {
  const { name, log } = options
  const settings = { lazyConnect: true, ...connectionOptions(options), ...own }
  const redis =
    typeof address === 'string'
      ? new RedisServer(address, settings)
      : new RedisServer({ ...address, ...settings })
  redis.on('error', (error) => log.warn({ err: error, connection: name }, 'redis'))
  return redis
}

function openCluster(options: RedisOptions, place: ClusterPlace, own: ClusterOptions): Cluster {
  const { name, log } = options
  const cluster = new Cluster(place.nodes, {
    lazyConnect: true,
    clusterNodeRetryStrategy: (attempt) => (attempt > NODE_ATTEMPTS_MAX ? null : retryStrategy(attempt)),
    // Commands queued for a node that a topology refresh removes would never be settled.
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: REDIRECTIONS_MAX,
    ...own,
    // Certificates are issued for host names, so the name is used to connect.
    ...(place.encrypted ? { dnsLookup: (host, found) => found(null, host) } : {}),
    redisOptions: {
      ...own.redisOptions,
      ...connectionOptions(options),
      // Commands for a disconnected node are not queued for its return: another node may own the slot by then.
      maxRetriesPerRequest: 0,
      ...accessTo(place),
    },
  })
  cluster.on('error', (error) => log.warn({ err: error, connection: name }, 'redis'))
  cluster.on('node error', (error, node) => log.warn({ err: error, connection: name, node }, 'redis'))
  cluster.on('refresh', () => fillSlots(cluster))
  return cluster
}

function connectionOptions({ name, silentMs = REDIS_SILENT_MS }: RedisOptions) {
  return {
    // Redis accepts no spaces in a connection's name.
    connectionName: name.replaceAll(' ', '-'),
    connectTimeout: silentMs,
    disconnectTimeout: DISCONNECT_MS_MAX,
  }
}

/** What the URL of a single server says by itself, except for its certificates. */
function accessTo(place: RedisPlace): Pick<ServerOptions, 'username' | 'password' | 'tls'> {
  const authority = place.ca === undefined ? {} : { ca: place.ca }
  if (place.kind === 'server') return place.ca === undefined ? {} : { tls: authority }
  return { ...place.credentials, ...(place.encrypted ? { tls: authority } : {}) }
}

/** The configured nodes, in turn. */
function nodeAt({ nodes }: ClusterPlace, turn: number): RedisNode {
  const node = nodes[turn % nodes.length]
  if (node === undefined) throw new Error('A Redis Cluster has at least one node')
  return node
}

/**
 * For a slot without a node, ioredis would throw synchronously; so the command goes to a node without the slot, which
 * returns an error.
 */
function fillSlots({ slots }: Cluster): void {
  for (let slot = 0; slot < SLOTS; slot += 1) slots[slot] ??= []
}

const SLOTS = 16_384

/** Starts to connect. A failure is logged and retried, so that services start in any order. */
export function beginConnecting(redis: Redis): void {
  redis.connect().catch(() => {
    // Logged by the connection's error handler, and retried by its retry strategy.
  })
}

/** One of the servers of a Redis deployment. */
export type RedisNodeClient = RedisServer

/** The servers that have keys, for commands that see one server at a time, such as SCAN. */
export function nodesOf(redis: Redis): RedisNodeClient[] {
  if (redis instanceof Cluster) return redis.nodes('master')
  return redis instanceof RedisServer ? [redis] : []
}

/** The node of a cluster that has a key, if known; always undefined on a single server. */
export function nodeOf(redis: Redis, key: string): RedisNode | undefined {
  if (!(redis instanceof Cluster)) return undefined
  const node = redis.slots[new Command('EXISTS', [key]).getSlot()]?.[0]
  const colon = node?.lastIndexOf(':') ?? -1
  return node === undefined ? undefined : { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) }
}
