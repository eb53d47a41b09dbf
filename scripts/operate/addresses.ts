import type { Env } from '../../shared/runtime/env.ts'

/** The addresses of a running system's parts. */
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

/** The addresses of the wanted parts, from the environment first. Throws when one of them is in neither. */
export function findAddresses<K extends keyof Running>(
  wanted: readonly K[],
  env: Env,
  written: Partial<Running> = {},
): Pick<Running, K> {
  const found: Partial<Running> = {}
  for (const part of wanted) {
    const value = env[VARIABLES[part]] ?? written[part]
    if (value === undefined) throw new Error(`Start scripts/up first, or set ${VARIABLES[part]}`)
    found[part] = value
  }
  return found as Pick<Running, K>
}
