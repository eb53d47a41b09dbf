import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pRetry from 'p-retry'
import type { Env } from '../../../shared/runtime/env.ts'
import { findFreePorts } from './free-ports.ts'
import { givingFolder, makeScratchFolder } from './private-folder.ts'
import { becomeReady, startProcess } from './process.ts'
import type { Program } from './programs.ts'
import { type PrivateStore, redisAnswers, serverEnv } from './redis.ts'

/** The host of these servers: nodes that connect to each other cannot use sockets in the file system. */
export const NODE_HOST = '127.0.0.1'
/** The name of a node's snapshot file, in its folder. */
export const SNAPSHOT_FILE = 'dump.rdb'

export type RedisNode = PrivateStore & { port: number; folder: string }

export type NodesOptions = {
  program: Program
  env: Env
  /** The password of clients and of the other nodes. */
  password: string
  /** Whether clients can also connect to a unix socket, which `url` then names. */
  socket?: boolean
  /** Creates a folder for each node, which outlives it, so that the node can be restarted there. */
  folder?: string
  /** Its initial data. */
  snapshot?: string
  /** Added to `redis.conf`. */
  settings?: Readonly<Record<string, string>>
}

const READY_TIMEOUT_MS = 20_000
/** Where a node of a cluster talks with the others; the system gives such ports to outgoing connections as well. */
const BUS_BESIDE = 10_000
/** A port, or that of the bus, may be taken between our check and the start. */
const RETRIES_MAX = 2

/** Starts a number of servers on loopback ports that require a password and store nothing on disk. */
export async function startNodes(count: number, options: NodesOptions): Promise<RedisNode[]> {
  return await pRetry(() => startAll(count, options), { retries: RETRIES_MAX, minTimeout: 0 })
}

async function startAll(count: number, options: NodesOptions): Promise<RedisNode[]> {
  const ports = await findFreePorts(NODE_HOST, count, BUS_BESIDE)
  const starts = await Promise.allSettled(ports.map((port) => startNode(port, options)))
  const failed = starts.find((start) => start.status === 'rejected')
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  if (failed === undefined) return nodes
  await Promise.all(nodes.map((node) => node.stop()))
  throw failed.reason
}

/** Starts a server on a given port, such as that of an ended one. */
export async function startNode(port: number, options: NodesOptions): Promise<RedisNode> {
  if (options.folder === undefined) {
    const scratch = makeScratchFolder()
    return givingFolder(scratch, () => launch(port, options, scratch, scratch))
  }
  const folder = join(options.folder, `${port}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return launch(port, options, folder, undefined)
}

async function launch(
  port: number,
  options: NodesOptions,
  folder: string,
  scratch: string | undefined,
): Promise<RedisNode> {
  const { program, env, password, socket = false, snapshot } = options
  const [config, logFile] = [join(folder, 'redis.conf'), join(folder, 'redis.log')]
  if (snapshot !== undefined) copyFileSync(snapshot, join(folder, SNAPSHOT_FILE))
  // Other users could read the password in a command's arguments.
  writeFileSync(config, nodeConfig(port, folder, options), { mode: 0o600 })
  const url = socket
    ? `${socketIn(folder)}?password=${password}`
    : `redis://:${password}@${NODE_HOST}:${port}`
  const started = await startProcess({
    name: 'A node of Redis',
    command: program.path,
    args: [config],
    env: serverEnv(env),
    logFile,
    scratch,
  })
  await becomeReady(started, { isReady: () => redisAnswers(url), timeoutMs: READY_TIMEOUT_MS, logFile })
  return { ...started, url, port, folder }
}

export function socketIn(folder: string): string {
  return join(folder, 'redis.sock')
}

function nodeConfig(port: number, folder: string, { password, socket, settings }: NodesOptions): string {
  const all: Record<string, string> = {
    bind: NODE_HOST,
    port: `${port}`,
    requirepass: password,
    masterauth: password,
    dir: folder,
    dbfilename: SNAPSHOT_FILE,
    ...(socket === true ? { unixsocket: socketIn(folder), unixsocketperm: '700' } : {}),
    save: '""',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    // A replica has its copy at once, and not when others may have come as well.
    'repl-diskless-sync-delay': '0',
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}
