import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRedis } from '../../../shared/redis/client.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { Failure } from './failure.ts'
import { givingFolder, makePrivateFolder, makeScratchFolder } from './private-folder.ts'
import { becomeReady, type RunningProcess, startProcess } from './process.ts'
import { findRedis, type Program } from './programs.ts'

/** A private store. `url` is in the format of its client library. */
export type PrivateStore = RunningProcess & { url: string }

export type PrivateRedisOptions = {
  env: Env
  /** The folder for durable data. Without it, no data outlives the process. */
  dataDirectory?: string | undefined
  logFile?: string | undefined
  signal?: AbortSignal | undefined
}

/** Loading a large append-only file takes a while, especially on a busy host. */
const READY_TIMEOUT_MS = 5 * 60_000

/** Starts a Redis of our own: on a unix socket that only this user can open, and on no port. */
export async function startRedis(options: PrivateRedisOptions): Promise<PrivateStore> {
  const program = await findRedis(options.env)
  if (program === undefined) throw new Failure('There is no redis-server on this machine')
  const scratch = options.dataDirectory === undefined ? makeScratchFolder() : makePrivateFolder()
  return givingFolder(scratch, () => launch(program, scratch, options))
}

async function launch(
  program: Program,
  scratch: string,
  options: PrivateRedisOptions,
): Promise<PrivateStore> {
  const { env, dataDirectory, signal } = options
  const socket = join(scratch, 'redis.sock')
  const logFile = options.logFile ?? join(scratch, 'redis.log')
  if (dataDirectory !== undefined) mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  const started = await startProcess({
    name: 'Redis',
    command: program.path,
    args: redisArguments(socket, dataDirectory ?? scratch, dataDirectory !== undefined),
    env: serverEnv(env),
    logFile,
    lockFile: dataDirectory === undefined ? undefined : `${dataDirectory}.lock`,
    scratch,
    signal,
  })
  await becomeReady(started, {
    isReady: () => redisAnswers(socket),
    timeoutMs: READY_TIMEOUT_MS,
    logFile,
    signal,
  })
  return { ...started, url: socket }
}

function redisArguments(socket: string, folder: string, durable: boolean): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: folder,
    save: '',
    appendonly: durable ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

/**
 * True when a Redis answers at the URL, a cluster when it serves. Throws when nothing listens, and while it loads its
 * data.
 */
export async function redisAnswers(url: string): Promise<boolean> {
  const redis = createRedis({ url, name: 'looking', log: SILENT })
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } finally {
    redis.disconnect()
  }
}

/** Errors are thrown, and retried by callers that wait. */
const SILENT = createLogger('stores', 'silent')

/** Servers log in English, and get none of our settings. */
export function serverEnv({ PATH, HOME }: Env): NodeJS.ProcessEnv {
  return { PATH, HOME, LANG: 'C.UTF-8', TZ: 'UTC' }
}
