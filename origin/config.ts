import { createEnvReader, type Env } from '../shared/env.ts'
import { type Ed25519Key, readPrivateKey, readPublicKey } from '../shared/tokens/keys.ts'

export type OriginConfig = ReturnType<typeof readOriginConfig>

/** Reads the origin's configuration; throws a `ConfigError` that names everything wrong with it. */
export function readOriginConfig(env: Env) {
  const read = createEnvReader(env)
  const config = {
    host: read.text('ORIGIN_HOST', { default: '127.0.0.1' }),
    port: read.int('ORIGIN_PORT', { min: 0, max: 65_535, default: 8081 }),
    internalPort: read.int('ORIGIN_INTERNAL_PORT', { min: 0, max: 65_535, default: 9081 }),
    /** Its name among the consumers of a payment stream. Kept over a restart, its work is taken up again at once. */
    name: read.text('ORIGIN_NAME', { default: 'origin' }),
    logLevel: read.text('LOG_LEVEL', { default: 'info' }),
    redisUrl: read.text('REDIS_URL'),
    databaseUrl: read.text('DATABASE_URL'),
    databaseConnectionsMax: read.int('DATABASE_CONNECTIONS_MAX', { min: 1, max: 200, default: 10 }),
    databaseWaitingMax: read.int('DATABASE_WAITING_MAX', { min: 1, max: 100_000, default: 1000 }),
    connectionsMax: read.int('ORIGIN_CONNECTIONS_MAX', { min: 1, max: 100_000, default: 5000 }),
    bodyBytesMax: read.int('BODY_BYTES_MAX', { min: 256, max: 10_000_000, default: 16_384 }),
    tokensCachedMax: read.int('TOKENS_CACHED_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    shutdownStepMs: read.int('SHUTDOWN_STEP_MS', { min: 100, max: 60_000, default: 10_000 }),
    sessionSeconds: read.int('SESSION_SECONDS', { min: 60, max: 31_536_000, default: 1_209_600 }),
    passwordsAtOnceMax: read.int('PASSWORDS_AT_ONCE_MAX', { min: 1, max: 64, default: 1 }),
    passwordsWaitingMax: read.int('PASSWORDS_WAITING_MAX', { min: 1, max: 10_000, default: 300 }),
    catalogueRefreshMs: read.int('CATALOGUE_REFRESH_MS', { min: 50, max: 60_000, default: 1000 }),
    festivalsMax: read.int('FESTIVALS_MAX', { min: 1, max: 10_000, default: 200 }),
    ordersShownMax: read.int('ORDERS_SHOWN_MAX', { min: 1, max: 10_000, default: 200 }),
    holdSweepMs: read.int('HOLD_SWEEP_MS', { min: 50, max: 60_000, default: 500 }),
    holdSweepMax: read.int('HOLD_SWEEP_MAX', { min: 1, max: 10_000, default: 500 }),
    heartbeatMs: read.int('HEARTBEAT_MS', { min: 50, max: 10_000, default: 1000 }),
    healthCpuPercentMax: read.int('HEALTH_CPU_PERCENT_MAX', { min: 1, max: 100, default: 70 }),
    healthLoopDelayMsMax: read.int('HEALTH_LOOP_DELAY_MS_MAX', { min: 1, max: 60_000, default: 250 }),
    healthQueuePercentMax: read.int('HEALTH_QUEUE_PERCENT_MAX', { min: 1, max: 100, default: 50 }),
    providerUrl: read.url('PROVIDER_URL'),
    providerTimeoutMs: read.int('PROVIDER_TIMEOUT_MS', { min: 10, max: 60_000, default: 5000 }),
    paymentsWaitingMax: read.int('PAYMENTS_WAITING_MAX', { min: 1, max: 1_000_000, default: 5000 }),
    paymentsBatchMax: read.int('PAYMENTS_BATCH_MAX', { min: 1, max: 2000, default: 500 }),
    chargesAtOnceMax: read.int('CHARGES_AT_ONCE_MAX', { min: 1, max: 2000, default: 200 }),
    paymentRetryMs: read.int('PAYMENT_RETRY_MS', { min: 100, max: 600_000, default: 10_000 }),
    paymentRememberSeconds: read.int('PAYMENT_REMEMBER_SECONDS', { min: 60, max: 604_800, default: 3600 }),
    idempotencySeconds: read.int('IDEMPOTENCY_SECONDS', { min: 60, max: 604_800, default: 86_400 }),
  }
  const sessionPrivateKey = read.text('SESSION_PRIVATE_KEY')
  const passPublicKeys = read.list('PASS_PUBLIC_KEYS')
  const servicePublicKeys = read.list('SERVICE_PUBLIC_KEYS')
  read.done()
  return {
    ...config,
    sessionKey: readPrivateKey('SESSION_PRIVATE_KEY', sessionPrivateKey),
    passKeys: publicKeys('PASS_PUBLIC_KEYS', passPublicKeys),
    serviceKeys: publicKeys('SERVICE_PUBLIC_KEYS', servicePublicKeys),
  }
}

function publicKeys(name: string, values: readonly string[]): Ed25519Key[] {
  return values.map((value) => readPublicKey(name, value))
}
