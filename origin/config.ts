import { TICKET_TYPES_MOST } from '../shared/api/limits.ts'
import { readPublicUrl } from '../shared/http/public-url.ts'
import { REDIS_SILENT_MS } from '../shared/redis/client.ts'
import { createEnvReader, type Env, type EnvReader } from '../shared/runtime/env.ts'
import { type Ed25519Key, readPrivateKey, readPublicKey } from '../shared/tokens/keys.ts'
import { readEmailConfig } from './email/email-config.ts'
import { readPicturesConfig } from './images/pictures-config.ts'

export type OriginConfig = ReturnType<typeof readOriginConfig>

/** Reads the origin's configuration; throws a `ConfigError` that names everything wrong with it. */
export function readOriginConfig(env: Env) {
  const read = createEnvReader(env)
  const publicUrl = readPublicUrl(read)
  const config = {
    host: read.text('ORIGIN_HOST', { default: '127.0.0.1' }),
    port: read.int('ORIGIN_PORT', { min: 0, max: 65_535, default: 8081 }),
    internalHost: read.text('ORIGIN_INTERNAL_HOST', { default: '127.0.0.1' }),
    internalPort: read.int('ORIGIN_INTERNAL_PORT', { min: 0, max: 65_535, default: 9081 }),
    /** Its name among the consumers of a payment stream. Kept over a restart, its work is taken up again at once. */
    name: read.text('ORIGIN_NAME', { default: 'origin' }),
    logLevel: read.text('LOG_LEVEL', { default: 'info' }),
    redisUrl: read.text('REDIS_URL'),
    redisSilentMs: read.int('REDIS_SILENT_MS', { min: 100, max: 60_000, default: REDIS_SILENT_MS }),
    databaseUrl: read.text('DATABASE_URL'),
    databaseConnectionsMax: read.int('DATABASE_CONNECTIONS_MAX', { min: 1, max: 200, default: 10 }),
    databaseWaitingMax: read.int('DATABASE_WAITING_MAX', { min: 1, max: 100_000, default: 1000 }),
    connectionsMax: read.int('ORIGIN_CONNECTIONS_MAX', { min: 1, max: 100_000, default: 5000 }),
    bodyBytesMax: read.int('BODY_BYTES_MAX', { min: 256, max: 10_000_000, default: 16_384 }),
    tokensCachedMax: read.int('TOKENS_CACHED_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    shutdownStepMs: read.int('SHUTDOWN_STEP_MS', { min: 100, max: 60_000, default: 10_000 }),
    sessionSeconds: read.int('SESSION_SECONDS', { min: 60, max: 31_536_000, default: 1_209_600 }),
    publicUrl,
    resetSeconds: read.int('PASSWORD_RESET_SECONDS', { min: 60, max: 86_400, default: 3600 }),
    sessionChecksMax: read.int('SESSION_CHECKS_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    sessionCheckMs: read.int('SESSION_CHECK_MS', { min: 0, max: 60_000, default: 3000 }),
    sessionEndsRestoreMs: read.int('SESSION_ENDS_RESTORE_MS', { min: 100, max: 600_000, default: 2000 }),
    email: readEmailConfig(read, publicUrl),
    passwordsAtOnceMax: read.int('PASSWORDS_AT_ONCE_MAX', { min: 1, max: 64, default: 1 }),
    passwordsWaitingMax: read.int('PASSWORDS_WAITING_MAX', { min: 1, max: 10_000, default: 300 }),
    catalogueRefreshMs: read.int('CATALOGUE_REFRESH_MS', { min: 50, max: 60_000, default: 1000 }),
    checkpointMs: read.int('CHECKPOINT_MS', { min: 50, max: 60_000, default: 1000 }),
    restoreSeconds: read.int('RESTORE_SECONDS', { min: 1, max: 600, default: 5 }),
    festivalsMax: read.int('FESTIVALS_MAX', { min: 1, max: 10_000, default: 200 }),
    /** A festival as JSON: its two descriptions may be of 4000 characters each. */
    festivalBytesMax: read.int('FESTIVAL_BYTES_MAX', { min: 1024, max: 10_000_000, default: 131_072 }),
    ticketTypesMax: read.int('TICKET_TYPES_MAX', { min: 1, max: TICKET_TYPES_MOST, default: 50 }),
    unitsPerTypeMax: read.int('UNITS_PER_TYPE_MAX', { min: 1, max: 10_000_000, default: 100_000 }),
    unitsPerFestivalMax: read.int('UNITS_PER_FESTIVAL_MAX', { min: 1, max: 10_000_000, default: 300_000 }),
    pictures: readPicturesConfig(read),
    picturesTimeoutMs: read.int('PICTURES_TIMEOUT_MS', { min: 10, max: 60_000, default: 5000 }),
    picturesRetriesMax: read.int('PICTURES_RETRIES_MAX', { min: 0, max: 5, default: 2 }),
    pictureBytesMax: read.int('PICTURE_BYTES_MAX', { min: 1024, max: 100_000_000, default: 8_388_608 }),
    picturePixelsMax: read.int('PICTURE_PIXELS_MAX', { min: 129_600, max: 200_000_000, default: 40_000_000 }),
    pictureSecondsMax: read.int('PICTURE_SECONDS_MAX', { min: 1, max: 600, default: 10 }),
    picturesAtOnceMax: read.int('PICTURES_AT_ONCE_MAX', { min: 1, max: 16, default: 1 }),
    picturesWaitingMax: read.int('PICTURES_WAITING_MAX', { min: 1, max: 1000, default: 10 }),
    ordersShownMax: read.int('ORDERS_SHOWN_MAX', { min: 1, max: 10_000, default: 200 }),
    holdSweepMs: read.int('HOLD_SWEEP_MS', { min: 50, max: 60_000, default: 500 }),
    holdSweepMax: read.int('HOLD_SWEEP_MAX', { min: 1, max: 10_000, default: 500 }),
    heartbeatMs: read.int('HEARTBEAT_MS', { min: 50, max: 10_000, default: 1000 }),
    healthCpuPercentMax: read.int('HEALTH_CPU_PERCENT_MAX', { min: 1, max: 100, default: 70 }),
    /** 100: the machine's other programs are no concern of this origin's. */
    healthMachineCpuPercentMax: read.int('HEALTH_MACHINE_CPU_PERCENT_MAX', {
      min: 1,
      max: 100,
      default: 100,
    }),
    healthLoopDelayMsMax: read.int('HEALTH_LOOP_DELAY_MS_MAX', { min: 1, max: 60_000, default: 250 }),
    healthQueuePercentMax: read.int('HEALTH_QUEUE_PERCENT_MAX', { min: 1, max: 100, default: 50 }),
    provider: readProvider(read),
    providerTimeoutMs: read.int('PROVIDER_TIMEOUT_MS', { min: 10, max: 60_000, default: 5000 }),
    providerRetriesMax: read.int('PROVIDER_RETRIES_MAX', { min: 0, max: 5, default: 0 }),
    chargesListedMax: read.int('CHARGES_LISTED_MAX', { min: 1, max: 10_000_000, default: 1_000_000 }),
    webhookBytesMax: read.int('WEBHOOK_BYTES_MAX', { min: 1024, max: 10_000_000, default: 131_072 }),
    webhookToleranceSeconds: read.int('WEBHOOK_TOLERANCE_SECONDS', { min: 1, max: 3600, default: 300 }),
    eventRememberSeconds: read.int('EVENT_REMEMBER_SECONDS', {
      min: 259_200,
      max: 31_536_000,
      default: 2_592_000,
    }),
    eventPruneMs: read.int('EVENT_PRUNE_MS', { min: 100, max: 86_400_000, default: 600_000 }),
    eventPruneMax: read.int('EVENT_PRUNE_MAX', { min: 1, max: 100_000, default: 5000 }),
    paymentsWaitingMax: read.int('PAYMENTS_WAITING_MAX', { min: 1, max: 1_000_000, default: 5000 }),
    paymentsBatchMax: read.int('PAYMENTS_BATCH_MAX', { min: 1, max: 2000, default: 500 }),
    chargesAtOnceMax: read.int('CHARGES_AT_ONCE_MAX', { min: 1, max: 2000, default: 200 }),
    paymentRetryMs: read.int('PAYMENT_RETRY_MS', { min: 100, max: 600_000, default: 2000 }),
    paymentRetryMsMax: read.int('PAYMENT_RETRY_MS_MAX', { min: 100, max: 3_600_000, default: 60_000 }),
    paymentAttemptsMax: read.int('PAYMENT_ATTEMPTS_MAX', { min: 1, max: 1000, default: 12 }),
    paymentExpireSeconds: read.int('PAYMENT_EXPIRE_SECONDS', { min: 10, max: 86_400, default: 900 }),
    /** Below the gateway's GATEWAY_ORIGIN_TIMEOUT_MS, after which nobody hears the answer. */
    paymentWaitSecondsMax: read.int('PAYMENT_WAIT_SECONDS_MAX', { min: 1, max: 100, default: 10 }),
    /** Well below GATEWAY_ORIGIN_CONNECTIONS_MAX: each who waits has one of the gateway's connections. */
    paymentWaitersMax: read.int('PAYMENT_WAITERS_MAX', { min: 0, max: 100_000, default: 100 }),
    paymentsKeptMax: read.int('PAYMENTS_KEPT_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    paymentRememberSeconds: read.int('PAYMENT_REMEMBER_SECONDS', { min: 60, max: 604_800, default: 3600 }),
    cancellationsAtOnceMax: read.int('CANCELLATIONS_AT_ONCE_MAX', { min: 1, max: 200, default: 4 }),
    cancellationsWaitingMax: read.int('CANCELLATIONS_WAITING_MAX', { min: 1, max: 100_000, default: 1000 }),
    reconcileMs: read.int('RECONCILE_MS', { min: 1000, max: 86_400_000, default: 180_000 }),
    reconcileRestMs: read.int('RECONCILE_REST_MS', { min: 1000, max: 3_600_000, default: 60_000 }),
    reconcileLookbackSeconds: read.int('RECONCILE_LOOKBACK_SECONDS', {
      min: 60,
      max: 31_536_000,
      default: 7200,
    }),
    reconcileRowsMax: read.int('RECONCILE_ROWS_MAX', { min: 1, max: 1_000_000, default: 10_000 }),
    reconcileAtOnceMax: read.int('RECONCILE_AT_ONCE_MAX', { min: 1, max: 200, default: 4 }),
    saleCountsMs: read.int('SALE_COUNTS_MS', { min: 0, max: 60_000, default: 1000 }),
    ordersSearchedMax: read.int('ORDERS_SEARCHED_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    ordersExportedMax: read.int('ORDERS_EXPORTED_MAX', { min: 1, max: 10_000_000, default: 200_000 }),
    checkInListMax: read.int('CHECK_IN_LIST_MAX', { min: 1, max: 100_000, default: 10_000 }),
    checkInSummaryMs: read.int('CHECK_IN_SUMMARY_MS', { min: 0, max: 60_000, default: 1000 }),
    idempotencySeconds: read.int('IDEMPOTENCY_SECONDS', { min: 60, max: 604_800, default: 86_400 }),
  }
  const sessionPrivateKey = read.text('SESSION_PRIVATE_KEY')
  const passPublicKeys = read.list('PASS_PUBLIC_KEYS')
  const ticketPrivateKey = read.text('TICKET_PRIVATE_KEY')
  // Those that tickets were signed with before: the private key's own half need not be among them.
  const ticketPublicKeys = read.parsed('TICKET_PUBLIC_KEYS', {
    rule: 'values separated by commas',
    default: '',
    parse: (raw) => raw.split(',').flatMap((value) => value.trim() || []),
  })
  const servicePublicKeys = read.list('SERVICE_PUBLIC_KEYS')
  read.done()
  return {
    ...config,
    sessionKey: readPrivateKey('SESSION_PRIVATE_KEY', sessionPrivateKey),
    ticketKey: readPrivateKey('TICKET_PRIVATE_KEY', ticketPrivateKey),
    formerTicketKeys: publicKeys('TICKET_PUBLIC_KEYS', ticketPublicKeys),
    passKeys: publicKeys('PASS_PUBLIC_KEYS', passPublicKeys),
    serviceKeys: publicKeys('SERVICE_PUBLIC_KEYS', servicePublicKeys),
  }
}

/** Which provider charges, with what only that one needs. */
export type ProviderConfig =
  | { name: 'sandbox'; url: string }
  | { name: 'stripe'; secretKey: string; webhookSecret: string; apiUrl: string }

export function readProvider(read: EnvReader): ProviderConfig {
  const name = read.parsed('PAYMENT_PROVIDER', {
    rule: 'sandbox or stripe',
    default: 'sandbox',
    parse: (raw) => (raw === 'sandbox' || raw === 'stripe' ? raw : undefined),
  })
  if (name === 'sandbox') return { name, url: read.url('PROVIDER_URL') }
  return {
    name,
    secretKey: read.text('STRIPE_SECRET_KEY'),
    webhookSecret: read.text('STRIPE_WEBHOOK_SECRET'),
    // The secret key travels in every request.
    apiUrl: read.parsed('STRIPE_API_URL', {
      rule: 'an https URL, or one of this machine',
      default: 'https://api.stripe.com',
      parse: readSafeUrl,
    }),
  }
}

function readSafeUrl(raw: string): string | undefined {
  const url = URL.parse(raw)
  if (url?.protocol === 'https:') return url.href
  return url?.protocol === 'http:' && LOOPBACK.includes(url.hostname) ? url.href : undefined
}

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost']

function publicKeys(name: string, values: readonly string[]): Ed25519Key[] {
  return values.map((value) => readPublicKey(name, value))
}
