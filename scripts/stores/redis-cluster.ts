import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Env } from '../../shared/env.ts'
import { Failure } from './failure.ts'
import { findFreePorts } from './free-ports.ts'
import { givingFolder, makeScratchFolder } from './private-folder.ts'
import { becomeReady, startProcess } from './process.ts'
import { findRedis, type Program } from './programs.ts'
import { type PrivateStore, redisAnswers, serverEnv } from './redis.ts'
import { waitUntil } from './wait.ts'

/** A Redis Cluster that runs for us alone. `url` lists its nodes, as `REDIS_URL` does. */
export type PrivateCluster = { url: string; nodes: readonly PrivateStore[]; stop(): Promise<void> }

const HOST = '127.0.0.1'
const MASTERS = 3
const SLOTS = 16_384
const READY_TIMEOUT_MS = 20_000
/** A port, or that of the cluster's bus 10000 above it, may be taken between our look and the start. */
const TRIES_MAX = 3

/**
 * Starts three masters without replicas, each with a third of the slots, on loopback ports: a cluster has no sockets.
 * They ask for a password of this run, and keep nothing on disk.
 */
export async function startRedisCluster({ env }: { env: Env }): Promise<PrivateCluster> {
  const program = await findRedis(env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const nodes = await startNodes(program, env)
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    await joinNodes(nodes.map(({ url }) => url))
    return { url: nodes.map(({ url }) => url).join(','), nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startNodes(program: Program, env: Env): Promise<PrivateStore[]> {
  const password = randomBytes(16).toString('hex')
  for (let tries = 1; ; tries += 1) {
    const ports = await findFreePorts(HOST, MASTERS)
    const starts = await Promise.allSettled(ports.map((port) => startNode({ program, env, port, password })))
    const failed = starts.find((start) => start.status === 'rejected')
    const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    if (failed === undefined) return nodes
    await Promise.all(nodes.map((node) => node.stop()))
    if (tries === TRIES_MAX) throw failed.reason
  }
}

type NodeOptions = { program: Program; env: Env; port: number; password: string }

async function startNode({ program, env, port, password }: NodeOptions): Promise<PrivateStore> {
  const scratch = makeScratchFolder()
  return givingFolder(scratch, async () => {
    const [config, logFile] = [join(scratch, 'redis.conf'), join(scratch, 'redis.log')]
    // Other users could read the password in a command's arguments.
    writeFileSync(config, nodeConfig(port, scratch, password), { mode: 0o600 })
    const url = `redis://:${password}@${HOST}:${port}`
    const started = await startProcess({
      name: 'A node of Redis',
      command: program.path,
      args: [config],
      env: serverEnv(env),
      logFile,
      scratch,
    })
    await becomeReady(started, { isReady: () => redisAnswers(url), timeoutMs: READY_TIMEOUT_MS, logFile })
    return { ...started, url }
  })
}

function nodeConfig(port: number, folder: string, password: string): string {
  const settings: Record<string, string> = {
    bind: HOST,
    port: `${port}`,
    requirepass: password,
    dir: folder,
    save: '""',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

/** Makes one cluster of nodes that know nothing yet, and waits until each of them says that it works. */
async function joinNodes(urls: readonly string[]): Promise<void> {
  const clients = urls.map((url) => new Redis(url))
  for (const client of clients) client.on('error', () => {}) // the calls below throw it too
  try {
    const share = Math.ceil(SLOTS / clients.length)
    for (const [i, client] of clients.entries()) {
      await client.cluster('SET-CONFIG-EPOCH', i + 1)
      const count = Math.min(share, SLOTS - i * share)
      await client.cluster('ADDSLOTS', ...Array.from({ length: count }, (_, slot) => i * share + slot))
    }
    const [first, ...others] = urls.map((url) => new URL(url))
    for (const { hostname, port } of others) await clients[0]?.cluster('MEET', hostname, Number(port))
    const works = async (client: Redis) => {
      const info = await client.cluster('INFO')
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${urls.length}`)
    }
    const allWork = async () => (await Promise.all(clients.map(works))).every(Boolean)
    if (await waitUntil(allWork, { timeoutMs: READY_TIMEOUT_MS })) return
    throw new Failure(`The nodes of Redis at ${first?.host} do not become a cluster`)
  } finally {
    for (const client of clients) client.disconnect()
  }
}
