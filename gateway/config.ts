import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { SERVICE_VARIABLES } from '../shared/http/service-variables.ts'
import {
  type Env,
  httpUrl,
  integer,
  readVariables,
  text,
  variable,
  withRules,
} from '../shared/runtime/env.ts'
import { privateKeyVariable, publicKeysVariable } from '../shared/tokens/keys.ts'
import { readTimeZone } from '../shared/zoned-time.ts'
import { QUICKNET, RELAYS_MAX, readBeacon } from './beacon/drand-beacon.ts'
import { FORWARDED_FOR } from './edge/client-ip.ts'
import { readAddressHeader, readProxySecrets } from './edge/proxy-secret.ts'
import { readTrustedProxies } from './edge/trusted-proxies.ts'
import { JITTER_SHARE } from './room/status.ts'

const WORKERS_MAX = 64
/** How many sign-ins and sign-ups are sent to the origin at the same time, each of which hashes a password. */
const SIGN_IN_CONCURRENCY = 8

/** Every variable that the gateway reads; CONFIGURATION.md is generated from it. */
export const GATEWAY_VARIABLES = withRules(
  z.object({
    ...SERVICE_VARIABLES,
    GATEWAY_HOST: text().prefault('127.0.0.1').meta({
      description: 'The address on which the gateway listens for browsers.',
      example: '0.0.0.0',
    }),
    GATEWAY_PORT: integer(0, 65_535).prefault('8080').meta({
      description: 'The port on which the gateway listens for browsers; 0 takes a free one.',
      example: '80',
    }),
    GATEWAY_INTERNAL_HOST: text().prefault('127.0.0.1').meta({
      description: 'The address of `/healthz`, `/readyz` and `/metrics`, for operators only.',
      example: '10.0.0.11',
    }),
    GATEWAY_INTERNAL_PORT: integer(0, 65_535).prefault('9080').meta({
      description: 'The port of `/healthz`, `/readyz` and `/metrics`.',
      example: '9080',
    }),
    GATEWAY_NAME: text().prefault('gateway').meta({
      description: 'The name of this gateway in its requests to the origin.',
      example: 'gateway-1',
    }),
    GATEWAY_WORKERS: integer(1, WORKERS_MAX).optional().meta({
      description:
        'How many processes share the port, by default one per core. 1 starts no primary process. The workers share `GATEWAY_CONNECTIONS_MAX`, concurrent sign-ins and the connections to the origin.',
      example: '4',
    }),
    GATEWAY_CONNECTIONS_MAX: integer(1, 1_000_000).prefault('50000').meta({
      description: 'The most connections that are open at the same time.',
      example: '100000',
    }),
    TRUSTED_PROXIES: variable('networks as CIDR, separated by commas', readTrustedProxies)
      .prefault('127.0.0.0/8,::1/128')
      .meta({
        description:
          'The networks (CIDR) of your own load balancers and CDN. Their `X-Forwarded-For` is believed, and they have no limits per address themselves. When one is missing, all fans behind it count as one network.',
        example: '10.0.0.0/8',
      }),
    PROXY_SECRET: variable(
      'one to four secrets of 32 to 256 visible ASCII characters, separated by commas',
      readProxySecrets,
    )
      .optional()
      .meta({
        description:
          'A secret that your CDN sends with each request as `X-Naru-Proxy`, in place of whatever its client sent there. With it `PROXY_ADDRESS_HEADER` is believed from any address, for a CDN whose addresses are not known. Two, separated by a comma, while you change it.',
        example: 'kJ8vX2…',
      }),
    PROXY_ADDRESS_HEADER: variable('the name of a request header', readAddressHeader).optional().meta({
      description:
        "The header in which a CDN with `PROXY_SECRET` sends its client's address, with or without a port, in place of whatever its client sent there. By default `X-Forwarded-For`, whose last address is the client's. Behind the CDN and a proxy of your own, choose a header that the CDN alone sets.",
      example: 'CloudFront-Viewer-Address',
    }),
    ORIGIN_URL: httpUrl().meta({
      description: 'The URL of the origin, or of a load balancer in front of several.',
      example: 'http://10.0.0.12:8081',
    }),
    PASS_PRIVATE_KEY: privateKeyVariable().meta({
      description:
        'Signs passes: `openssl genpkey -algorithm ed25519 -outform DER | base64 -w0`. The same on every gateway.',
      example: 'MC4CAQ…',
    }),
    SERVICE_PRIVATE_KEY: privateKeyVariable().meta({
      description: "Signs the gateway's own requests to the origin.",
      example: 'MC4CAQ…',
    }),
    SESSION_PUBLIC_KEYS: publicKeysVariable().meta({
      description:
        "Verify sessions. The public half of the origin's `SESSION_PRIVATE_KEY`: `… | openssl pkey -inform DER -pubout -outform DER | base64 -w0`.",
      example: 'MCowBQ…,MCowBQ…',
    }),
    PLACE_SECRET: text({ lengthMin: 32 }).meta({
      description: 'Signs places in the queue. The same on every gateway.',
      example: 'the output of openssl rand -base64 48',
    }),
    POLL_NEAR_SECONDS: integer(1, 600).prefault('2').meta({
      description: 'How often fans near the front of the queue poll its status.',
      example: '5',
    }),
    POLL_INTERVAL_MS: integer(0, 600_000).optional().meta({
      description:
        'The shortest average interval between two polls of one place; more get 429. By default half of `POLL_NEAR_SECONDS`, up to a second. 0 sets no limit.',
      example: '500',
    }),
    GATEWAY_TIME_ZONE: variable('the name of a time zone, such as Asia/Seoul', readTimeZone)
      .prefault('Asia/Seoul')
      .meta({
        description: 'The time zone that is preselected for a new festival.',
        example: 'America/New_York',
      }),
    BEACON: variable(
      `a beacon as JSON: drand's public_key (96 bytes in hex), genesis_time and period in seconds, and 1 to ${RELAYS_MAX} urls`,
      readBeacon,
    )
      .optional()
      .meta({
        description:
          "The public random beacon for draws: its chain as `{url}/info` of a relay that you trust returns it, and as `urls` its relays, each with the chain hash. Rounds are verified against its key, so a relay cannot forge one. By default drand's quicknet.",
        example:
          '{"urls":["https://drand.example.org/52db9b…"],"public_key":"83cf0f…","genesis_time":1692803367,"period":3}',
        defaultName: 'drand quicknet',
      }),
  }),
  [
    {
      names: ['PROXY_SECRET', 'PROXY_ADDRESS_HEADER'],
      holds: ({ PROXY_SECRET, PROXY_ADDRESS_HEADER }) =>
        PROXY_ADDRESS_HEADER === undefined || PROXY_SECRET !== undefined,
      message: 'is required with PROXY_ADDRESS_HEADER, which any client could send',
    },
    {
      names: ['POLL_INTERVAL_MS', 'POLL_NEAR_SECONDS'],
      holds: ({ POLL_INTERVAL_MS = 0, POLL_NEAR_SECONDS }) =>
        POLL_INTERVAL_MS <= shortestWaitMs(POLL_NEAR_SECONDS),
      message: `must be at most ${(1 - JITTER_SHARE) * 100} % of POLL_NEAR_SECONDS, which clients that follow the polling rule may go down to`,
    },
  ],
)

/** The shortest wait after the polling rule's jitter. */
function shortestWaitMs(pollNearSeconds: number): number {
  return Math.floor(pollNearSeconds * 1000 * (1 - JITTER_SHARE))
}

const POLL_INTERVAL_MS_MAX = 1000

export type GatewayConfig = ReturnType<typeof readGatewayConfig>

/** Reads the gateway's configuration; throws a `ConfigError` that names every error in it. */
export function readGatewayConfig(env: Env) {
  const variables = readVariables(GATEWAY_VARIABLES, env)
  const pollNearSeconds = variables.POLL_NEAR_SECONDS
  return {
    host: variables.GATEWAY_HOST,
    port: variables.GATEWAY_PORT,
    publicUrl: variables.GATEWAY_PUBLIC_URL,
    internalHost: variables.GATEWAY_INTERNAL_HOST,
    internalPort: variables.GATEWAY_INTERNAL_PORT,
    name: variables.GATEWAY_NAME,
    workers: variables.GATEWAY_WORKERS ?? Math.min(availableParallelism(), WORKERS_MAX),
    connectionsMax: variables.GATEWAY_CONNECTIONS_MAX,
    trustedProxies: variables.TRUSTED_PROXIES,
    provenProxy:
      variables.PROXY_SECRET === undefined
        ? undefined
        : {
            isSecret: variables.PROXY_SECRET,
            addressHeader: variables.PROXY_ADDRESS_HEADER ?? FORWARDED_FOR,
          },
    logLevel: variables.LOG_LEVEL,
    redisUrl: variables.REDIS_URL,
    originUrl: variables.ORIGIN_URL,
    passKey: variables.PASS_PRIVATE_KEY,
    serviceKey: variables.SERVICE_PRIVATE_KEY,
    sessionKeys: variables.SESSION_PUBLIC_KEYS,
    placeSecret: variables.PLACE_SECRET,
    signInConcurrency: SIGN_IN_CONCURRENCY,
    pollNearSeconds,
    pollIntervalMs: variables.POLL_INTERVAL_MS ?? Math.min(POLL_INTERVAL_MS_MAX, pollNearSeconds * 500),
    timeZone: variables.GATEWAY_TIME_ZONE,
    beacon: variables.BEACON ?? QUICKNET,
  }
}
