import { z } from 'zod'
import { connectionTo } from '../drizzle/connection.ts'
import { SERVICE_VARIABLES } from '../shared/http/service-variables.ts'
import {
  type Env,
  integer,
  readVariables,
  text,
  variable,
  withoutError,
  withRules,
} from '../shared/runtime/env.ts'
import { privateKeysVariable, privateKeyVariable, publicKeysVariable } from '../shared/tokens/keys.ts'
import { EMAIL_RULES, EMAIL_VARIABLES, emailConfigOf } from './email/email-config.ts'
import { IMAGE_RULES, IMAGE_VARIABLES, imageConfigOf } from './images/images-config.ts'
import { PROVIDER_RULES, PROVIDER_VARIABLES, providerConfigOf } from './payments/providers/provider-config.ts'

/** The most connections of gateways that are open at the same time. */
const CONNECTIONS_MAX = 5000
/** How many charges are under way at the same time, and connections to the provider. */
const CHARGE_CONCURRENCY = 200

export const PAYMENT_EXPIRE_SECONDS = integer(10, 86_400).prefault('900').meta({
  description:
    'A payment older than this is not charged any more. It expires once it is certain that there is no charge.',
  example: '600',
})

/** Every variable that the origin reads; CONFIGURATION.md is generated from it. */
export const ORIGIN_VARIABLES = withRules(
  z.object({
    ...SERVICE_VARIABLES,
    ORIGIN_HOST: text().prefault('127.0.0.1').meta({
      description: 'The address on which the origin listens for gateways.',
      example: '10.0.0.12',
    }),
    ORIGIN_PORT: integer(0, 65_535).prefault('8081').meta({
      description: 'The port on which the origin listens for gateways; 0 takes a free one.',
      example: '8081',
    }),
    ORIGIN_INTERNAL_HOST: text().prefault('127.0.0.1').meta({
      description: 'The address of `/healthz`, `/readyz` and `/metrics`, for operators only.',
      example: '10.0.0.12',
    }),
    ORIGIN_INTERNAL_PORT: integer(0, 65_535).prefault('9081').meta({
      description: 'The port of `/healthz`, `/readyz` and `/metrics`.',
      example: '9081',
    }),
    ORIGIN_NAME: text().optional().meta({
      description:
        'A name that no other origin has, by default the host name. An origin that keeps its name over a restart resumes its own payments immediately.',
      example: 'origin-1',
    }),
    DATABASE_URL: variable(
      'a mysql:// URL; with ca, a readable file of certificates, and the name of a host, not its address',
      withoutError((url) => connectionTo(new URL(url).href)),
    ).meta({
      description:
        'MySQL. A Unix socket goes into the query as `socketPath`. With `?ca=FILE` the connection is encrypted: the certificate of the server must be signed by one of that file (PEM) and name the host of the URL.',
      example: 'mysql://naru:password@mysql.example.org:3306/naru',
    }),
    SESSION_PRIVATE_KEY: privateKeysVariable().meta({
      description:
        'Signs sessions: `openssl genpkey -algorithm ed25519 -outform DER | base64 -w0`. The same on every origin. Of several, separated by commas, the first signs, and sessions of all are valid: that is how one replaces another.',
      example: 'MC4CAQ…',
    }),
    PASS_PUBLIC_KEYS: publicKeysVariable().meta({
      description:
        "Verify passes. The public half of a gateway's `PASS_PRIVATE_KEY`: `… | openssl pkey -inform DER -pubout -outform DER | base64 -w0`.",
      example: 'MCowBQ…,MCowBQ…',
    }),
    SERVICE_PUBLIC_KEYS: publicKeysVariable().meta({
      description: "Verify gateways. The public half of a gateway's `SERVICE_PRIVATE_KEY`.",
      example: 'MCowBQ…',
    }),
    TICKET_PRIVATE_KEY: privateKeyVariable().meta({
      description: 'Signs the codes of tickets. The same on every origin.',
      example: 'MC4CAQ…',
    }),
    TICKET_PUBLIC_KEYS: publicKeysVariable().optional().meta({
      description:
        'Earlier keys of tickets that are still valid. The public half of `TICKET_PRIVATE_KEY` need not be among them.',
      example: 'MCowBQ…',
    }),
    PASSWORD_CONCURRENCY: integer(1, 64).prefault('1').meta({
      description: 'How many passwords are hashed at the same time: each takes a whole core.',
      example: '2',
    }),
    ...PROVIDER_VARIABLES,
    PAYMENT_EXPIRE_SECONDS,
    PAYMENT_RETRY_MS: integer(100, 600_000).prefault('2000').meta({
      description:
        'The wait before an unfinished payment is retried. It doubles with every attempt, up to thirty times as long.',
      example: '5000',
    }),
    RECONCILE_INTERVAL_MS: integer(1000, 86_400_000).prefault('180000').meta({
      description:
        "How often the provider's charges are compared with payments and orders. Those younger than a third of it are still under way and left alone.",
      example: '600000',
    }),
    RESTORE_SECONDS: integer(1, 600).prefault('5').meta({
      description:
        'How long gateways and fans have to give back what a Redis lost that was wiped, restarted or replaced.',
      example: '10',
    }),
    HEALTH_MACHINE_CPU_PERCENT_MAX: integer(1, 100).optional().meta({
      description:
        "Above this use of the machine's processors by all programs together, fewer fans are admitted. Without it other programs do not slow down admission.",
      example: '90',
    }),
    ...EMAIL_VARIABLES,
    ...IMAGE_VARIABLES,
  }),
  [...PROVIDER_RULES, ...EMAIL_RULES, ...IMAGE_RULES],
)

export type OriginConfig = ReturnType<typeof readOriginConfig>

/**
 * Reads the origin's configuration; throws a `ConfigError` that lists all validation errors.
 *
 * @param hostName - the name of an origin without a configured one
 */
export function readOriginConfig(env: Env, hostName = 'origin') {
  const variables = readVariables(ORIGIN_VARIABLES, env)
  const machineCpuPercentMax = variables.HEALTH_MACHINE_CPU_PERCENT_MAX
  return {
    host: variables.ORIGIN_HOST,
    port: variables.ORIGIN_PORT,
    internalHost: variables.ORIGIN_INTERNAL_HOST,
    internalPort: variables.ORIGIN_INTERNAL_PORT,
    name: variables.ORIGIN_NAME ?? hostName,
    logLevel: variables.LOG_LEVEL,
    connectionsMax: CONNECTIONS_MAX,
    publicUrl: variables.GATEWAY_PUBLIC_URL,
    redisUrl: variables.REDIS_URL,
    databaseUrl: variables.DATABASE_URL,
    sessionKeys: variables.SESSION_PRIVATE_KEY,
    passKeys: variables.PASS_PUBLIC_KEYS,
    serviceKeys: variables.SERVICE_PUBLIC_KEYS,
    ticketKey: variables.TICKET_PRIVATE_KEY,
    previousTicketKeys: variables.TICKET_PUBLIC_KEYS ?? [],
    passwordConcurrency: variables.PASSWORD_CONCURRENCY,
    provider: providerConfigOf(variables),
    providerTimeoutMs: variables.PROVIDER_TIMEOUT_MS,
    chargeConcurrency: CHARGE_CONCURRENCY,
    paymentExpireSeconds: variables.PAYMENT_EXPIRE_SECONDS,
    paymentRetryMs: variables.PAYMENT_RETRY_MS,
    reconcileIntervalMs: variables.RECONCILE_INTERVAL_MS,
    restoreMs: variables.RESTORE_SECONDS * 1000,
    machineCpuShareMax:
      machineCpuPercentMax === undefined ? Number.POSITIVE_INFINITY : machineCpuPercentMax / 100,
    email: emailConfigOf(variables, variables.GATEWAY_PUBLIC_URL),
    images: imageConfigOf(variables),
  }
}
