import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Env } from '../../../shared/runtime/env.ts'
import { Failure } from './failure.ts'
import { findRedis } from './programs.ts'
import { NODE_HOST, type NodesOptions, type RedisNode, startNode, startNodes } from './redis-node.ts'
import { waitUntil } from './wait.ts'

/** A private Redis Cluster. `url` lists its nodes, as `REDIS_URL` does. */
export type PrivateCluster = {
  url: string
  /** The masters at first. */
  nodes: readonly RedisNode[]
  /** The replica of each master, at the same index, where the cluster has any. */
  replicas: readonly RedisNode[]
  /** Restarts an ended node in its folder, where it finds its role in the cluster again. */
  startAgain(node: RedisNode): Promise<RedisNode>
  stop(): Promise<void>
}

export type ClusterOptions = {
  env: Env
  /** Whether each master has a replica, which an operator may have take over. */
  withReplicas?: boolean
  /** Folders for nodes that are to be restarted; without them no data outlives the nodes. */
  folder?: string
}

const MASTERS = 3
const SLOTS = 16_384
const READY_TIMEOUT_MS = 20_000
/** Automatic failover is off: the starter decides what happens to the cluster. */
const NODE_TIMEOUT_MS = 60_000

/**
 * Starts three masters, each with a third of the slots, on loopback ports, since a cluster cannot use sockets. They
 * require a random password, and store nothing on disk.
 */
export async function startRedisCluster({
  env,
  withReplicas = false,
  folder,
}: ClusterOptions): Promise<PrivateCluster> {
  const program = await findRedis(env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const options: NodesOptions = {
    ...{ program, env, password: randomBytes(16).toString('hex') },
    ...(folder === undefined ? {} : { folder }),
    settings: {
      'cluster-enabled': 'yes',
      'cluster-config-file': 'nodes.conf',
      'cluster-node-timeout': `${NODE_TIMEOUT_MS}`,
    },
  }
  const started = await startNodes(withReplicas ? 2 * MASTERS : MASTERS, options)
  const running = new Set(started)
  const stop = async () => {
    await Promise.all([...running].map((node) => node.stop()))
  }
  const startAgain = async (node: RedisNode) => {
    const again = await startNode(node.port, options)
    running.delete(node)
    running.add(again)
    return again
  }
  try {
    const [nodes, replicas] = [started.slice(0, MASTERS), started.slice(MASTERS)]
    await joinNodes(nodes, replicas)
    return { url: nodes.map(({ url }) => url).join(','), nodes, replicas, startAgain, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Joins empty nodes into one cluster, and waits until each of them reports that it works. */
async function joinNodes(masters: readonly RedisNode[], replicas: readonly RedisNode[]): Promise<void> {
  const nodes = [...masters, ...replicas]
  const clients = nodes.map(({ url }) => new Redis(url))
  for (const client of clients) client.on('error', () => {}) // the calls below throw it too
  try {
    const share = Math.ceil(SLOTS / masters.length)
    for (const [i, client] of clients.entries()) {
      await client.cluster('SET-CONFIG-EPOCH', i + 1)
      const count = i < masters.length ? Math.min(share, SLOTS - i * share) : 0
      if (count === 0) continue
      await client.cluster('ADDSLOTS', ...Array.from({ length: count }, (_, slot) => i * share + slot))
    }
    for (const { url } of nodes.slice(1)) {
      await clients[0]?.cluster('MEET', NODE_HOST, Number(new URL(url).port))
    }
    await waitForAll(clients, async (client) => {
      const info = await client.cluster('INFO')
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
    })
    await followMasters(clients.slice(0, masters.length), clients.slice(masters.length))
  } finally {
    for (const client of clients) client.disconnect()
  }
}

async function followMasters(masters: readonly Redis[], replicas: readonly Redis[]): Promise<void> {
  for (const [i, replica] of replicas.entries()) {
    const master = await masters[i]?.cluster('MYID')
    if (master !== undefined) await replica.cluster('REPLICATE', master)
  }
  await waitForAll(replicas, async (replica) =>
    (await replica.info('replication')).includes('master_link_status:up'),
  )
}

async function waitForAll(
  clients: readonly Redis[],
  isSo: (client: Redis) => Promise<boolean>,
): Promise<void> {
  const allAre = async () => (await Promise.all(clients.map(isSo))).every(Boolean)
  if (await waitUntil(allAre, { timeoutMs: READY_TIMEOUT_MS })) return
  throw new Failure('The nodes of Redis do not become a cluster')
}
