import { GATEWAY_VARIABLES } from '../../../gateway/config.ts'
import { ORIGIN_VARIABLES } from '../../../origin/config.ts'
import { isLoopback } from '../../../shared/http/public-url.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { sandboxBeaconVariables } from '../sandbox-provider/beacon.ts'
import { SANDBOX_VARIABLES } from '../sandbox-provider/config.ts'
import type { Addresses, ServiceName } from './addresses.ts'
import { type DevelopmentKeys, publicHalfOf } from './keys.ts'
import type { StoreUrls } from './stores.ts'

/** Each service gets only the variables that it reads, and none of the others' keys. */
const NAMES: Record<ServiceName, readonly string[]> = {
  sandbox: Object.keys(SANDBOX_VARIABLES.shape),
  // Amazon's library reads these; they follow only with a bucket.
  origin: Object.keys(ORIGIN_VARIABLES.shape).filter((name) => !name.startsWith('AWS_')),
  gateway: Object.keys(GATEWAY_VARIABLES.shape),
}

/** What else of the user's environment every program may see. */
const PASSED_ON = /^(PATH|HOME|LANG|TZ|NODE_COMPILE_CACHE)$/

export type Parts = StoreUrls & {
  env: Env
  keys: DevelopmentKeys
  addresses: Addresses
  ledger: string
  images?: string
  mailFolder?: string
}

/** The environment of each service. The user's settings take precedence; public keys are derived from private ones. */
export function serviceEnvironments(parts: Parts): Record<ServiceName, NodeJS.ProcessEnv> {
  const { addresses, keys, redisUrl, databaseUrl, ledger, images } = parts
  const env = withoutEmpty(parts.env)
  const { PASS_PRIVATE_KEY, SERVICE_PRIVATE_KEY, SESSION_PRIVATE_KEY } = { ...keys, ...env }
  const settings: Record<string, string> = {
    LOG_LEVEL: 'info',
    ORIGIN_NAME: 'origin-1',
    SANDBOX_LEDGER: ledger,
    ...(images === undefined ? {} : { IMAGE_FOLDER: images }),
    ORIGIN_URL: addresses.urls.origin,
    GATEWAY_PUBLIC_URL: addresses.urls.gateway,
    ...mailOf(parts, env),
    PROVIDER_URL: addresses.urls.sandbox,
    PROVIDER_PUBLIC_URL: env['PROVIDER_URL'] ?? addresses.urls.sandbox,
    SANDBOX_WEBHOOK_URL: `${addresses.urls.gateway}/api/webhooks/sandbox`,
    ...sandboxBeaconVariables(addresses.urls.sandbox),
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    ...keys,
    PASS_PUBLIC_KEYS: publicHalfOf('PASS_PRIVATE_KEY', PASS_PRIVATE_KEY),
    SERVICE_PUBLIC_KEYS: publicHalfOf('SERVICE_PRIVATE_KEY', SERVICE_PRIVATE_KEY),
    SESSION_PUBLIC_KEYS: publicHalfOf('SESSION_PRIVATE_KEY', SESSION_PRIVATE_KEY),
    ...env,
    ...addresses.variables,
  }
  const environmentOf = (service: ServiceName): NodeJS.ProcessEnv => ({
    ...passedOn(env),
    ...Object.fromEntries(NAMES[service].map((name) => [name, settings[name]])),
  })
  return {
    sandbox: environmentOf('sandbox'),
    origin: { ...environmentOf('origin'), ...amazonOf(env) },
    gateway: environmentOf('gateway'),
  }
}

/** E-mails go into a folder, unless the user sends them, or lets the gateway listen for other hosts. */
function mailOf({ mailFolder, addresses }: Parts, env: Record<string, string>): Record<string, string> {
  const { EMAIL_URL, GATEWAY_PUBLIC_URL = addresses.urls.gateway } = env
  const isOurs = isLoopback(new URL(GATEWAY_PUBLIC_URL).hostname)
  return mailFolder === undefined || EMAIL_URL !== undefined || !isOurs ? {} : { EMAIL_FOLDER: mailFolder }
}

/** Where Amazon's library looks for credentials, for whom a bucket is set. */
function amazonOf(env: Record<string, string>): Record<string, string> {
  if (env['IMAGE_BUCKET'] === undefined) return {}
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('AWS_')))
}

/** The part of the user's environment that any program of ours may see. */
export function passedOn(env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(withoutEmpty(env)).filter(([name]) => PASSED_ON.test(name)))
}

/** An empty variable counts as missing, as in env.ts. */
function withoutEmpty(env: Env): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  )
  return Object.fromEntries(set)
}
