import { readFileSync } from 'node:fs'
import type { Env } from '../shared/env.ts'

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
const FILE = new URL('../.data/running.json', import.meta.url)

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

function readWritten(): Partial<Running> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Partial<Running>
  } catch {
    return {}
  }
}
