import { readFileSync } from 'node:fs'
import type { Env } from '../../shared/runtime/env.ts'
import type { NamedPlace } from '../develop/stores/redis-name.ts'

/** Where the parts of a running system are. */
export type Running = {
  gatewayUrl: string
  originUrl: string
  providerUrl: string
  redisUrl: string
  databaseUrl: string
}

const VARIABLES: Record<keyof Running, string> = {
  gatewayUrl: 'GATEWAY_URL',
  originUrl: 'ORIGIN_URL',
  providerUrl: 'PROVIDER_URL',
  redisUrl: 'REDIS_URL',
  databaseUrl: 'DATABASE_URL',
}
/** Written by scripts/up. */
const FILE = new URL('../../.data/running.json', import.meta.url)

/**
 * Where the wanted parts are: from the environment first, else from the system that scripts/up has started in this
 * checkout. Throws when neither says so.
 */
export function findRunning<K extends keyof Running>(env: Env, wanted: readonly K[]): Pick<Running, K> {
  const written = readWritten()
  const found: Partial<Running> = {}
  for (const part of wanted) {
    const value = env[VARIABLES[part]] ?? written[part]
    if (value === undefined) throw new Error(`Start scripts/up first, or set ${VARIABLES[part]}`)
    found[part] = value
  }
  return found as Pick<Running, K>
}

/** Where the Redis of that system can fail over. Throws when it is no pair. */
export function findRedisPair(): NamedPlace {
  const { redisPair } = readWritten()
  if (redisPair !== undefined) return redisPair
  throw new Error('There is no Redis that could fail over: start scripts/up --redis-pair first')
}

function readWritten(): Partial<Running> & { redisPair?: NamedPlace } {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Partial<Running> & { redisPair?: NamedPlace }
  } catch {
    return {}
  }
}
