import { isLoopback } from '../../../shared/http/public-url.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { sandboxBeaconVariables } from '../sandbox-provider/beacon.ts'
import type { Addresses, ServiceName } from './addresses.ts'
import { type DevelopmentKeys, publicHalfOf } from './keys.ts'
import type { StoreUrls } from './stores.ts'

/** Each service is given what it uses, and none of the others' keys. */
const NAMES: Record<ServiceName, readonly string[]> = {
  sandbox: ['SANDBOX_HOST', 'SANDBOX_PORT', 'SANDBOX_LEDGER', 'LOG_LEVEL'],
  origin: [
    ...[
      'ORIGIN_HOST',
      'ORIGIN_PORT',
      'ORIGIN_INTERNAL_HOST',
      'ORIGIN_INTERNAL_PORT',
      'ORIGIN_NAME',
      'LOG_LEVEL',
    ],
    ...['REDIS_URL', 'DATABASE_URL', 'PROVIDER_URL'],
    ...['PAYMENT_PROVIDER', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_URL'],
    ...['SESSION_PRIVATE_KEY', 'PASS_PUBLIC_KEYS', 'SERVICE_PUBLIC_KEYS'],
    ...['TICKET_PRIVATE_KEY', 'TICKET_PUBLIC_KEYS'],
    ...['PICTURES_FOLDER', 'PICTURES_BUCKET', 'PICTURES_PREFIX', 'PICTURES_REGION', 'PICTURES_ENDPOINT'],
    ...['GATEWAY_PUBLIC_URL', 'MAIL_URL', 'MAIL_FOLDER', 'MAIL_FROM'],
  ],
  gateway: [
    ...['GATEWAY_HOST', 'GATEWAY_PORT', 'GATEWAY_INTERNAL_HOST', 'GATEWAY_INTERNAL_PORT', 'LOG_LEVEL'],
    ...['GATEWAY_PUBLIC_URL', 'ORIGIN_URL', 'REDIS_URL'],
    ...['BEACON_URLS', 'BEACON_PUBLIC_KEY', 'BEACON_GENESIS_SECONDS', 'BEACON_PERIOD_SECONDS'],
    ...['PASS_PRIVATE_KEY', 'SERVICE_PRIVATE_KEY', 'PLACE_SECRET', 'SESSION_PUBLIC_KEYS'],
  ],
}

/** What else of the user's environment our programs see: how the machine is, settings, limits (units end names). */
const PASSED_ON = /^(PATH|HOME|LANG|TZ|NODE_COMPILE_CACHE)$|^(GATEWAY|ORIGIN|SANDBOX|LOG)_|_(MAX|MS|SECONDS)$/

export type Parts = StoreUrls & {
  env: Env
  keys: DevelopmentKeys
  addresses: Addresses
  ledger: string
  pictures?: string
  mailFolder?: string
}

/** The environment of each service. What the user has set wins; public keys follow from private ones. */
export function serviceEnvironments(parts: Parts): Record<ServiceName, NodeJS.ProcessEnv> {
  const { addresses, keys, redisUrl, databaseUrl, ledger, pictures } = parts
  const env = withoutEmpty(parts.env)
  const { PASS_PRIVATE_KEY, SERVICE_PRIVATE_KEY, SESSION_PRIVATE_KEY } = { ...keys, ...env }
  const settings: Record<string, string> = {
    LOG_LEVEL: 'info',
    ORIGIN_NAME: 'origin-1',
    SANDBOX_LEDGER: ledger,
    ...(pictures === undefined ? {} : { PICTURES_FOLDER: pictures }),
    ORIGIN_URL: addresses.urls.origin,
    GATEWAY_PUBLIC_URL: addresses.urls.gateway,
    ...mailOf(parts, env),
    PROVIDER_URL: addresses.urls.sandbox,
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

/** E-mails go into a folder, unless the user sends them, or has the gateway listen for others than this machine. */
function mailOf({ mailFolder, addresses }: Parts, env: Record<string, string>): Record<string, string> {
  const { MAIL_URL, GATEWAY_PUBLIC_URL = addresses.urls.gateway } = env
  const isOurs = isLoopback(new URL(GATEWAY_PUBLIC_URL).hostname)
  return mailFolder === undefined || MAIL_URL !== undefined || !isOurs ? {} : { MAIL_FOLDER: mailFolder }
}

/** Where Amazon's library looks for credentials, for whom a bucket is set. */
function amazonOf(env: Record<string, string>): Record<string, string> {
  if (env['PICTURES_BUCKET'] === undefined) return {}
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('AWS_')))
}

/** The part of the user's environment that any program of ours may see. */
export function passedOn(env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(withoutEmpty(env)).filter(([name]) => PASSED_ON.test(name)))
}

/** An empty variable counts as none, as in env.ts. */
function withoutEmpty(env: Env): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  )
  return Object.fromEntries(set)
}
