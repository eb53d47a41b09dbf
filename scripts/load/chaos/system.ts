import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '../../../drizzle/migrate.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import type { Addresses, ServiceName } from '../../develop/start/addresses.ts'
import { serviceEnvironments } from '../../develop/start/environment.ts'
import { loadDevelopmentKeys } from '../../develop/start/keys.ts'
import { programArguments } from '../../develop/start/programs.ts'
import { type Service, startService } from '../../develop/start/service.ts'
import { startDatabase } from '../../develop/stores/database.ts'
import { findFreePorts } from '../../develop/stores/free-ports.ts'
import type { Exit } from '../../develop/stores/guarded.ts'
import { describeExit, startProcess } from '../../develop/stores/process.ts'
import { startRedis } from '../../develop/stores/redis.ts'
import { startCluster } from './cluster.ts'
import { type Links, openLinks } from './links.ts'
import { startPair } from './pair.ts'
import type { ChaosRedis, RedisKind } from './redis.ts'
import { createLosableStore, type LosableStore } from './store.ts'

/**
 * A complete, separate Naru: private stores, a sandbox provider, several origins and gateways, with proxies in between.
 */
export type ChaosSystem = {
  /** The environment of an operator's commands. */
  env: Env
  /** The URL for fans: any gateway. */
  gatewayUrl: string
  /** The URL of each gateway. */
  gatewayUrls: readonly string[]
  /** Readiness URLs of each origin and gateway: 200 while it should receive requests. */
  readyUrls: readonly string[]
  providerUrl: string
  /** Signs sessions, PKCS#8 DER in base64. */
  sessionKeyBase64: string
  redis: ChaosRedis
  mysql: LosableStore
  links: Links
  origins: readonly Service[]
  gateways: readonly Service[]
  /** Failures that no fault caused: a process that ended by itself. */
  surprises: readonly string[]
  stop(): Promise<void>
}

export type ChaosSystemOptions = {
  env: Env
  /** For data, logs and sockets; not removed here. */
  folder: string
  /** The folder with the services' programs. */
  programs: string
  seed: number
  redis: RedisKind
  origins: number
  gateways: number
  /** Overrides of our settings. */
  settings?: Partial<Record<keyof typeof SETTINGS, string>>
  signal: AbortSignal
}

const HOST = '127.0.0.1'
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const READY_TIMEOUT_MS = 30_000
const ANSWER_TIMEOUT_MS = 2000
/** The supervisor restarts a process however often it is killed. */
const RESTARTS = { deathsMax: 200, windowMs: 60_000, pauseMs: 100, pauseMaxMs: 400 }

/** As in production, but with quicker retries, so that a minute contains many recoveries. */
const SETTINGS = {
  GATEWAY_WORKERS: '1',
  PROVIDER_TIMEOUT_MS: '2000',
  PAYMENT_RETRY_MS: '500',
  PAYMENT_EXPIRE_SECONDS: '60',
  RESTORE_SECONDS: '4',
  RECONCILE_INTERVAL_MS: '10000',
  SANDBOX_ACTION_SECONDS_MAX: '15',
} as const

/** Starts everything; on a failure, all that was started is stopped. */
export async function startChaosSystem(options: ChaosSystemOptions): Promise<ChaosSystem> {
  const parts: { stop(): Promise<void> }[] = []
  const stop = async () => {
    for (const part of parts.toReversed()) await part.stop()
  }
  try {
    const system = await start(options, (part) => {
      parts.push(part)
      return part
    })
    return { ...system, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Keep = <T extends { stop(): Promise<void> }>(part: T) => T

async function start(options: ChaosSystemOptions, keep: Keep): Promise<Omit<ChaosSystem, 'stop'>> {
  const { folder, signal } = options
  const { PATH, HOME, NODE_COMPILE_CACHE } = options.env
  const env: Env = { PATH, HOME, NODE_COMPILE_CACHE }
  const logs = join(folder, 'logs')
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  const redis = keep(await startChaosRedis(options, env))
  const mysql = keep(await startMysql(options, env))
  await migrateDatabase(mysql.url())

  const count = 1 + 2 * (options.origins + options.gateways)
  const [sandboxPort = 0, ...ports] = await findFreePorts(HOST, count)
  const originPorts = ports.slice(0, options.origins)
  const gatewayPorts = ports.slice(options.origins, options.origins + options.gateways)
  const internalPorts = ports.slice(options.origins + options.gateways)
  const links = await openLinks({
    folder: join(folder, 'sock'),
    ports: { gateways: gatewayPorts, origins: originPorts, provider: sandboxPort },
    redis,
    mysql,
  })
  keep({ stop: links.close })

  const { keys } = loadDevelopmentKeys(join(folder, 'keys.env'))
  const surprises: string[] = []
  const providerUrl = `http://${HOST}:${sandboxPort}`
  const settings = settingsOf(options, env, providerUrl)
  const startOne = async (service: ServiceName, name: string, place: Place) => {
    const addresses = addressesOf(service, links, place)
    const environments = serviceEnvironments({
      env: { ...settings, ORIGIN_NAME: name, GATEWAY_NAME: name },
      keys,
      addresses,
      ledger: join(folder, 'ledger.jsonl'),
      redisUrl: place.redisUrl,
      databaseUrl: place.databaseUrl,
    })
    const logFile = join(logs, `${name}.log`)
    const args = programArguments(options.programs, service)
    const command = { command: process.execPath, args, env: environments[service], cwd: ROOT }
    const started = await startService({
      name,
      start: () => startProcess({ name, ...command, logFile }),
      isReady: () => answersAt(addresses.readyUrls[service]),
      readyTimeoutMs: READY_TIMEOUT_MS,
      logFile,
      signal,
      limits: RESTARTS,
      onRestart: ({ exit }) => {
        if (!wasKilled(exit)) surprises.push(`${name} ended by itself, ${describeExit(exit)}`)
      },
      onFailure: (failure) => surprises.push(failure.message),
    })
    return keep(started)
  }

  const nowhere = { redisUrl: '', databaseUrl: '', providerUrl: '', internalPort: 0 }
  await startOne('sandbox', 'sandbox', { ...nowhere, port: sandboxPort })
  const origins: Service[] = []
  for (const [i, port] of originPorts.entries()) {
    const ways = links.origins[i]
    if (ways === undefined) throw new Error('Every origin has its ways')
    const urls = { redisUrl: ways.redis.url, databaseUrl: ways.mysql.url, providerUrl: ways.provider.url }
    const place = { port, internalPort: internalPorts[i] ?? 0, ...urls }
    origins.push(await startOne('origin', `origin-${i + 1}`, place))
  }
  const gateways: Service[] = []
  for (const [i, port] of gatewayPorts.entries()) {
    const internalPort = internalPorts[options.origins + i] ?? 0
    const place = { ...nowhere, port, internalPort, providerUrl, redisUrl: links.redis[i]?.url ?? '' }
    gateways.push(await startOne('gateway', `gateway-${i + 1}`, place))
  }
  const gatewayUrls = gatewayPorts.map((port) => `http://${HOST}:${port}`)
  const readyUrls = internalPorts.map((port) => `http://${HOST}:${port}/readyz`)
  const urls = { gatewayUrl: links.gatewayUrl, gatewayUrls, readyUrls, providerUrl }
  const { SESSION_PRIVATE_KEY: sessionKeyBase64 } = keys
  return { env, ...urls, sessionKeyBase64, redis, mysql, links, origins, gateways, surprises }
}

/** Fans reach the bank directly: a fault between origins and provider is none of theirs. */
function settingsOf({ settings, seed }: ChaosSystemOptions, env: Env, providerUrl: string): Env {
  return {
    ...{ ...env, ...SETTINGS, ...settings, SANDBOX_SEED: String(seed), LOG_LEVEL: 'info' },
    PROVIDER_PUBLIC_URL: providerUrl,
  }
}

/** A single Redis is durable, as in production, since losing its data is a fault of its own. */
async function startChaosRedis({ folder, redis, signal }: ChaosSystemOptions, env: Env): Promise<ChaosRedis> {
  const dataDirectory = join(folder, 'redis')
  if (redis === 'pair') return startPair({ env, folder: dataDirectory })
  if (redis === 'cluster') return startCluster({ env, folder: dataDirectory })
  const options = { env, dataDirectory, logFile: join(folder, 'logs', 'redis.log'), signal }
  const store = { dataDirectory, start: () => startRedis(options), socketOf: (url: string) => url }
  return { kind: 'single', ...(await createLosableStore(store)) }
}

/** With every commit on disk, as in production: a killed database would otherwise lose a second of commits. */
function startMysql({ folder, signal }: ChaosSystemOptions, env: Env): Promise<LosableStore> {
  const dataDirectory = join(folder, 'mysql')
  const options = { env, dataDirectory, logFile: join(folder, 'logs', 'mysql.log'), signal }
  return createLosableStore({
    dataDirectory,
    start: () => startDatabase({ ...options, durable: true }),
    socketOf: (url) => new URL(url).searchParams.get('socketPath') ?? '',
  })
}

/** The address of one process, and those of its dependencies. */
type Place = {
  port: number
  internalPort: number
  redisUrl: string
  databaseUrl: string
  providerUrl: string
}

function addressesOf(service: ServiceName, links: Links, place: Place): Addresses {
  const name = service.toUpperCase()
  return {
    urls: { gateway: links.gatewayUrl, origin: links.originUrl, sandbox: place.providerUrl },
    readyUrls: {
      sandbox: `http://${HOST}:${place.port}/healthz`,
      origin: `http://${HOST}:${place.internalPort}/readyz`,
      gateway: `http://${HOST}:${place.internalPort}/readyz`,
    },
    variables: {
      [`${name}_HOST`]: HOST,
      [`${name}_PORT`]: String(place.port),
      [`${name}_INTERNAL_PORT`]: String(place.internalPort),
    },
    note: undefined,
  }
}

async function answersAt(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  await response.arrayBuffer()
  return response.ok
}

function wasKilled({ signal }: Exit): boolean {
  return signal === 'SIGKILL'
}
