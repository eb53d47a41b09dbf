import { availableParallelism } from 'node:os'
import { readPublicUrl } from '../shared/http/public-url.ts'
import { REDIS_SILENT_MS } from '../shared/redis/client.ts'
import { createEnvReader, type Env, type EnvReader } from '../shared/runtime/env.ts'
import { readPrivateKey, readPublicKey } from '../shared/tokens/keys.ts'
import { readTimeZone } from '../shared/zoned-time.ts'
import { QUICKNET, RELAYS_MAX } from './beacon/drand-beacon.ts'
import { readTrustedProxies } from './edge/trusted-proxies.ts'
import type { TryKind, TryLimits } from './rate-limits/login-attempts.ts'
import { JITTER_SHARE } from './room/status.ts'

export type GatewayConfig = ReturnType<typeof readGatewayConfig>

/** Reads the gateway's configuration; throws a `ConfigError` that names everything wrong with it. */
export function readGatewayConfig(env: Env) {
  const read = createEnvReader(env)
  const entryRememberSeconds = read.int('ENTRY_REMEMBER_SECONDS', { min: 10, max: 86_400, default: 600 })
  const pollNearSeconds = read.int('POLL_NEAR_SECONDS', { min: 1, max: 600, default: 2 })
  const beaconUrls = read.parsed('BEACON_URLS', {
    rule: `1 to ${RELAYS_MAX} http or https URLs, separated by commas`,
    default: QUICKNET.urls.join(','),
    parse: readRelays,
  })
  const config = {
    host: read.text('GATEWAY_HOST', { default: '127.0.0.1' }),
    port: read.int('GATEWAY_PORT', { min: 0, max: 65_535, default: 8080 }),
    publicUrl: readPublicUrl(read),
    internalHost: read.text('GATEWAY_INTERNAL_HOST', { default: '127.0.0.1' }),
    internalPort: read.int('GATEWAY_INTERNAL_PORT', { min: 0, max: 65_535, default: 9080 }),
    workers: read.int('GATEWAY_WORKERS', {
      min: 1,
      max: WORKERS_MAX,
      default: Math.min(availableParallelism(), WORKERS_MAX),
    }),
    name: read.text('GATEWAY_NAME', { default: 'gateway' }),
    logLevel: read.text('LOG_LEVEL', { default: 'info' }),
    originUrl: read.url('ORIGIN_URL'),
    originConnectionsMax: read.int('GATEWAY_ORIGIN_CONNECTIONS_MAX', { min: 1, max: 10_000, default: 256 }),
    originTimeoutMs: read.int('GATEWAY_ORIGIN_TIMEOUT_MS', { min: 100, max: 120_000, default: 15_000 }),
    signInsAtOnceMax: read.int('SIGN_INS_AT_ONCE_MAX', { min: 1, max: 10_000, default: 8 }),
    signInsWaitingMax: read.int('SIGN_INS_WAITING_MAX', { min: 1, max: 1_000_000, default: 2000 }),
    signInsWaitMsMax: read.int('SIGN_INS_WAIT_MS_MAX', { min: 100, max: 120_000, default: 5000 }),
    tries: readTries(read),
    /** Tickets as PDFs, drawn in a thread of each process. */
    pdfsAtOnceMax: read.int('PDFS_AT_ONCE_MAX', { min: 1, max: 100, default: 1 }),
    pdfsWaitingMax: read.int('PDFS_WAITING_MAX', { min: 1, max: 10_000, default: 20 }),
    redisUrl: read.text('REDIS_URL'),
    redisSilentMs: read.int('REDIS_SILENT_MS', { min: 100, max: 60_000, default: REDIS_SILENT_MS }),
    connectionsMax: read.int('GATEWAY_CONNECTIONS_MAX', { min: 1, max: 1_000_000, default: 50_000 }),
    bodyBytesMax: read.int('BODY_BYTES_MAX', { min: 256, max: 10_000_000, default: 16_384 }),
    festivalBytesMax: read.int('FESTIVAL_BYTES_MAX', { min: 1024, max: 10_000_000, default: 131_072 }),
    pictureBytesMax: read.int('PICTURE_BYTES_MAX', { min: 1024, max: 100_000_000, default: 8_388_608 }),
    /** Each has some hundred kilobytes. */
    pagesKeptMax: read.int('PAGES_KEPT_MAX', { min: 1, max: 100_000, default: 300 }),
    picturesCachedMax: read.int('PICTURES_CACHED_MAX', { min: 1, max: 10_000, default: 64 }),
    /** Offered for a new festival, which has one of its own. */
    timeZone: read.parsed('GATEWAY_TIME_ZONE', {
      rule: 'the name of a time zone, such as Asia/Seoul',
      default: 'Asia/Seoul',
      parse: readTimeZone,
    }),
    webhookBytesMax: read.int('WEBHOOK_BYTES_MAX', { min: 1024, max: 10_000_000, default: 131_072 }),
    tokensCachedMax: read.int('TOKENS_CACHED_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    shutdownStepMs: read.int('SHUTDOWN_STEP_MS', { min: 100, max: 60_000, default: 10_000 }),
    snapshotMs: read.int('SNAPSHOT_MS', { min: 10, max: 10_000, default: 250 }),
    roomsMax: read.int('ROOMS_MAX', { min: 1, max: 10_000, default: 200 }),
    originSilentMs: read.int('ORIGIN_SILENT_MS', { min: 500, max: 60_000, default: 5000 }),
    sweepMax: read.int('ROOM_SWEEP_MAX', { min: 1, max: 10_000, default: 500 }),
    catalogueRefreshMs: read.int('CATALOGUE_REFRESH_MS', { min: 50, max: 60_000, default: 1000 }),
    entryRememberSeconds,
    beacon: {
      urls: beaconUrls,
      publicKey: read.parsed('BEACON_PUBLIC_KEY', {
        rule: 'a public key of 96 bytes in hex',
        default: QUICKNET.publicKey,
        parse: (raw) => (/^[0-9a-f]{192}$/.test(raw) ? raw : undefined),
      }),
      genesisSeconds: read.int('BEACON_GENESIS_SECONDS', {
        min: 0,
        max: 9_999_999_999,
        default: QUICKNET.genesisSeconds,
      }),
      periodSeconds: read.int('BEACON_PERIOD_SECONDS', {
        min: 1,
        max: 3600,
        default: QUICKNET.periodSeconds,
      }),
    },
    // A solution that outlived the memory of its entry key would be good for a second place.
    challengeSeconds: read.int('CHALLENGE_SECONDS', {
      min: 10,
      max: entryRememberSeconds,
      default: Math.min(300, entryRememberSeconds),
    }),
    trustedProxies: read.parsed('TRUSTED_PROXIES', {
      rule: 'networks as CIDR, separated by commas',
      default: '127.0.0.0/8,::1/128',
      parse: readTrustedProxies,
    }),
    placeSeconds: read.int('PLACE_SECONDS', { min: 60, max: 31_536_000, default: 172_800 }),
    pollNearSeconds,
    // Below the shortest wait that the rule's jitter can make of it, so that who keeps to the rule never meets it.
    pollFloorMs: read.int('POLL_FLOOR_MS', {
      min: 0,
      max: Math.floor(pollNearSeconds * 1000 * (1 - JITTER_SHARE)),
      default: Math.min(1000, pollNearSeconds * 500),
    }),
    pollBurst: read.int('POLL_BURST', { min: 1, max: 1000, default: 5 }),
    pollPlacesMax: read.int('POLL_PLACES_MAX', { min: 1024, max: 2 ** 22, default: 65_536 }),
    pollFarSeconds: read.int('POLL_FAR_SECONDS', { min: 1, max: 600, default: 30 }),
  }
  const passPrivateKey = read.text('PASS_PRIVATE_KEY')
  const servicePrivateKey = read.text('SERVICE_PRIVATE_KEY')
  const placeSecret = read.text('PLACE_SECRET', { lengthMin: 32 })
  const sessionPublicKeys = read.list('SESSION_PUBLIC_KEYS')
  read.done()
  return {
    ...config,
    passKey: readPrivateKey('PASS_PRIVATE_KEY', passPrivateKey),
    serviceKey: readPrivateKey('SERVICE_PRIVATE_KEY', servicePrivateKey),
    placeSecret,
    sessionKeys: sessionPublicKeys.map((value) => readPublicKey('SESSION_PUBLIC_KEYS', value)),
  }
}

const WORKERS_MAX = 64

function readRelays(raw: string): string[] | undefined {
  const urls = raw.split(',').map((url) => url.trim().replace(/\/$/, ''))
  const areUrls = urls.every((url) => /^https?:\/\//.test(url) && URL.canParse(url))
  return areUrls && urls.length <= RELAYS_MAX ? urls : undefined
}

/** How often someone may try to sign in, and have letters sent; a window begins with its first try. */
function readTries(read: EnvReader): Record<TryKind, TryLimits> {
  const counts = { min: 1, max: 1_000_000 }
  const windowSeconds = read.int('TRIES_WINDOW_SECONDS', { min: 1, max: 86_400, default: 900 })
  return {
    'sign-in': {
      windowSeconds,
      // Of a carrier's whole network in a rush, not of one household.
      networkMax: read.int('SIGN_INS_PER_NETWORK_MAX', { ...counts, default: 1000 }),
      pairMax: read.int('SIGN_INS_PER_ACCOUNT_MAX', { ...counts, default: 10 }),
      subjectMax: read.int('SIGN_INS_PER_ACCOUNT_ANYWHERE_MAX', { ...counts, default: 100 }),
    },
    letter: {
      windowSeconds,
      networkMax: read.int('LETTERS_PER_NETWORK_MAX', { ...counts, default: 100 }),
      pairMax: read.int('LETTERS_PER_ACCOUNT_MAX', { ...counts, default: 3 }),
      subjectMax: read.int('LETTERS_PER_ACCOUNT_ANYWHERE_MAX', { ...counts, default: 6 }),
    },
  }
}
