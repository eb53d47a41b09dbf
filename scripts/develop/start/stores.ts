import { createConnection } from 'mysql2/promise'
import { connectionTo } from '../../../drizzle/connection.ts'
import { readRedisPlace } from '../../../shared/redis/url.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { startDatabase } from '../stores/database.ts'
import { Failure } from '../stores/failure.ts'
import { type FoundStore, findStores, type Installing } from '../stores/find.ts'
import type { Program } from '../stores/programs.ts'
import { type PrivateStore, redisAnswers, startRedis } from '../stores/redis.ts'
import { type NamedPlace, startNamedPair } from '../stores/redis-name.ts'
import { waitUntil } from '../stores/wait.ts'
import { type Folders, logOf } from './folders.ts'
import type { Steps } from './steps.ts'

export type StoresOptions = {
  env: Env
  folders: Folders
  /** A primary and its replica instead of a single Redis. */
  redisPair?: boolean
  steps: Steps
  signal: AbortSignal
  /** Called for each of our own stores as soon as it runs. */
  onStarted: (store: PrivateStore) => void
}

export type StoreUrls = { redisUrl: string; databaseUrl: string; redisPair?: NamedPlace }

const GIVEN_TIMEOUT_MS = 60_000

/** Finds the stores and starts those that are not running. */
export async function startStores(options: StoresOptions): Promise<StoreUrls> {
  const { env, folders, steps, signal, redisPair = false } = options
  const found = await findStores({ env, signal, installing: installingStep(steps) })
  if (found.redis.kind === 'given') refuseWrongUrl(found.redis.url)
  if (redisPair) refuseGiven(found.redis)
  let place: NamedPlace | undefined
  const startPair = async () => {
    const pair = await startNamedPair({ env })
    place = pair.place
    return pair
  }
  const startOne = () =>
    startRedis({ env, dataDirectory: folders.redis, logFile: logOf(folders, 'redis'), signal })
  const redisUrl = await startStore('Redis', 'REDIS_URL', found.redis, options, {
    answers: redisAnswers,
    start: redisPair ? startPair : startOne,
  })
  const databaseUrl = await startStore('Database', 'DATABASE_URL', found.database, options, {
    answers: databaseAnswers,
    start: ({ kind }) => {
      const logFile = logOf(folders, 'database')
      return startDatabase({ env, dataDirectory: folders.databases[kind], durable: true, logFile, signal })
    },
  })
  return { redisUrl, databaseUrl, ...(place === undefined ? {} : { redisPair: place }) }
}

function refuseGiven({ kind }: FoundStore): void {
  if (kind === 'program') return
  throw new Failure('--redis-pair starts a Redis of its own, and REDIS_URL names another', {
    advice: 'Unset REDIS_URL.',
  })
}

/** What is no URL at all is not waited for. */
function refuseWrongUrl(url: string): void {
  try {
    readRedisPlace(url)
  } catch (error) {
    throw new Failure('REDIS_URL cannot be used', {
      details: [error instanceof Error ? error.message : String(error)],
      advice: 'A Redis Cluster is its nodes separated by commas: redis://host:7000,redis://host:7001',
    })
  }
}

/** An installation as a step of its own. */
export function installingStep(steps: Steps): Installing {
  return (packages, install) => steps.run(`apt-get install ${packages.join(' ')}`, install)
}

type Way<P> = { answers: (url: string) => Promise<boolean>; start: (program: P) => Promise<PrivateStore> }

async function startStore<P extends Program>(
  name: string,
  variable: string,
  found: FoundStore<P>,
  { steps, signal, onStarted }: StoresOptions,
  { answers, start }: Way<P>,
): Promise<string> {
  if (found.kind === 'program') {
    const { kind, name: command, version } = found.program
    return steps.run(`${kind}, private (${command} ${version})`, async () => {
      const store = await start(found.program)
      onStarted(store)
      return store.url
    })
  }
  return steps.run(`${name} at ${variable}`, async () => {
    if (await waitUntil(() => answers(found.url), { timeoutMs: GIVEN_TIMEOUT_MS, everyMs: 250, signal }))
      return found.url
    throw new Failure(`The ${name} at ${variable} does not answer`, {
      advice: `Start it, or unset ${variable} and let scripts/up run one of its own.`,
    })
  })
}

async function databaseAnswers(url: string): Promise<boolean> {
  const connection = await createConnection(connectionTo(url))
  try {
    await connection.ping()
    return true
  } finally {
    connection.destroy()
  }
}
