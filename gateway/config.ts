import { createEnvReader, type Env } from '../shared/env.ts'
import { readPrivateKey, readPublicKey } from '../shared/tokens/keys.ts'

export type GatewayConfig = ReturnType<typeof readGatewayConfig>

/** Reads the gateway's configuration; throws a `ConfigError` that names everything wrong with it. */
export function readGatewayConfig(env: Env) {
  const read = createEnvReader(env)
  const config = {
    host: read.text('GATEWAY_HOST', { default: '127.0.0.1' }),
    port: read.int('GATEWAY_PORT', { min: 0, max: 65_535, default: 8080 }),
    internalPort: read.int('GATEWAY_INTERNAL_PORT', { min: 0, max: 65_535, default: 9080 }),
    name: read.text('GATEWAY_NAME', { default: 'gateway' }),
    logLevel: read.text('LOG_LEVEL', { default: 'info' }),
    originUrl: read.url('ORIGIN_URL'),
    originConnectionsMax: read.int('GATEWAY_ORIGIN_CONNECTIONS_MAX', { min: 1, max: 10_000, default: 256 }),
    originTimeoutMs: read.int('GATEWAY_ORIGIN_TIMEOUT_MS', { min: 100, max: 120_000, default: 15_000 }),
    signInsAtOnceMax: read.int('SIGN_INS_AT_ONCE_MAX', { min: 1, max: 10_000, default: 8 }),
    signInsWaitingMax: read.int('SIGN_INS_WAITING_MAX', { min: 1, max: 1_000_000, default: 2000 }),
    redisUrl: read.text('REDIS_URL'),
    connectionsMax: read.int('GATEWAY_CONNECTIONS_MAX', { min: 1, max: 1_000_000, default: 50_000 }),
    bodyBytesMax: read.int('BODY_BYTES_MAX', { min: 256, max: 10_000_000, default: 16_384 }),
    tokensCachedMax: read.int('TOKENS_CACHED_MAX', { min: 1, max: 1_000_000, default: 20_000 }),
    shutdownStepMs: read.int('SHUTDOWN_STEP_MS', { min: 100, max: 60_000, default: 10_000 }),
    snapshotMs: read.int('SNAPSHOT_MS', { min: 10, max: 10_000, default: 250 }),
    roomsMax: read.int('ROOMS_MAX', { min: 1, max: 10_000, default: 200 }),
    originSilentMs: read.int('ORIGIN_SILENT_MS', { min: 500, max: 60_000, default: 5000 }),
    sweepMax: read.int('ROOM_SWEEP_MAX', { min: 1, max: 10_000, default: 500 }),
    catalogueRefreshMs: read.int('CATALOGUE_REFRESH_MS', { min: 50, max: 60_000, default: 1000 }),
    entryRememberSeconds: read.int('ENTRY_REMEMBER_SECONDS', { min: 10, max: 86_400, default: 600 }),
    placeSeconds: read.int('PLACE_SECONDS', { min: 60, max: 31_536_000, default: 172_800 }),
    pollNearSeconds: read.int('POLL_NEAR_SECONDS', { min: 1, max: 600, default: 2 }),
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
