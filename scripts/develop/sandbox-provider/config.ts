import { ConfigError, createEnvReader, type Env } from '../../../shared/runtime/env.ts'

export type SandboxConfig = {
  host: string
  /** 0 takes any free port; the log line `listening` says which. */
  port: number
  ledgerPath: string
  seed: number
  medianMs: number
  p99Ms: number
  latencyCapMs: number
  inFlightMax: number
  recordsMax: number
  bodyBytesMax: number
  logLevel: string
}

/** Reads the sandbox's settings; throws a `ConfigError` that names all that is wrong. */
export function readSandboxConfig(env: Env): SandboxConfig {
  const read = createEnvReader(env)
  const config = {
    host: read.text('SANDBOX_HOST', { default: '127.0.0.1' }),
    port: read.int('SANDBOX_PORT', { min: 0, max: 65_535 }),
    ledgerPath: read.text('SANDBOX_LEDGER'),
    seed: read.int('SANDBOX_SEED', { min: 0, max: 0xffff_ffff, default: 1 }),
    medianMs: read.int('SANDBOX_MEDIAN_MS', { min: 0, max: 60_000, default: 60 }),
    p99Ms: read.int('SANDBOX_P99_MS', { min: 0, max: 60_000, default: 400 }),
    latencyCapMs: read.int('SANDBOX_LATENCY_CAP_MS', { min: 0, max: 60_000, default: 10_000 }),
    inFlightMax: read.int('SANDBOX_IN_FLIGHT_MAX', { min: 1, max: 100_000, default: 2000 }),
    recordsMax: read.int('SANDBOX_LEDGER_MAX', { min: 1, max: 10_000_000, default: 1_000_000 }),
    bodyBytesMax: 16 * 1024,
    logLevel: read.text('LOG_LEVEL', { default: 'info' }),
  }
  read.done()
  if (config.p99Ms < config.medianMs) {
    throw new ConfigError(['SANDBOX_P99_MS must be at least SANDBOX_MEDIAN_MS'])
  }
  return config
}
