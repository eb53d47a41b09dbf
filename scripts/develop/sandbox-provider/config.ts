import { z } from 'zod'
import { type Env, httpUrl, integer, readVariables, text, withRules } from '../../../shared/runtime/env.ts'

export type SandboxConfig = {
  host: string
  /** 0 uses any free port; the log line `listening` contains it. */
  port: number
  ledgerPath: string
  seed: number
  medianMs: number
  p99Ms: number
  latencyCapMs: number
  /** How long a charge may stay open, whatever its order says; undefined for as long as that says. */
  actionMsMax: number | undefined
  inFlightMax: number
  recordsMax: number
  /** Where the shop receives events, and the secret that signs them; undefined where it receives none. */
  webhook: { url: string; secret: string } | undefined
  bodyBytesMax: number
  logLevel: string
}

const milliseconds = () => integer(0, 60_000)

export const SANDBOX_VARIABLES = withRules(
  z.object({
    SANDBOX_HOST: text().prefault('127.0.0.1'),
    SANDBOX_PORT: integer(0, 65_535),
    SANDBOX_LEDGER: text(),
    SANDBOX_SEED: integer(0, 0xffff_ffff).prefault('1'),
    SANDBOX_MEDIAN_MS: milliseconds().prefault('60'),
    SANDBOX_P99_MS: milliseconds().prefault('400'),
    SANDBOX_LATENCY_CAP_MS: milliseconds().prefault('10000'),
    SANDBOX_IN_FLIGHT_MAX: integer(1, 100_000).prefault('2000'),
    SANDBOX_ACTION_SECONDS_MAX: integer(1, 86_400).optional(),
    SANDBOX_LEDGER_MAX: integer(1, 10_000_000).prefault('1000000'),
    SANDBOX_WEBHOOK_URL: httpUrl().optional(),
    SANDBOX_WEBHOOK_SECRET: text().optional(),
    LOG_LEVEL: text().prefault('info'),
  }),
  [
    {
      names: ['SANDBOX_P99_MS', 'SANDBOX_MEDIAN_MS'],
      holds: ({ SANDBOX_P99_MS, SANDBOX_MEDIAN_MS }) => SANDBOX_P99_MS >= SANDBOX_MEDIAN_MS,
      message: 'must be at least SANDBOX_MEDIAN_MS',
    },
    {
      names: ['SANDBOX_WEBHOOK_SECRET', 'SANDBOX_WEBHOOK_URL'],
      holds: ({ SANDBOX_WEBHOOK_SECRET, SANDBOX_WEBHOOK_URL }) =>
        (SANDBOX_WEBHOOK_SECRET === undefined) === (SANDBOX_WEBHOOK_URL === undefined),
      message: 'must be set with SANDBOX_WEBHOOK_URL, or neither',
    },
  ],
)

/** Reads the sandbox's settings; throws a `ConfigError` with all problems. */
export function readSandboxConfig(env: Env): SandboxConfig {
  const variables = readVariables(SANDBOX_VARIABLES, env)
  const { SANDBOX_WEBHOOK_URL: url, SANDBOX_WEBHOOK_SECRET: secret } = variables
  const { SANDBOX_ACTION_SECONDS_MAX: seconds } = variables
  return {
    host: variables.SANDBOX_HOST,
    port: variables.SANDBOX_PORT,
    ledgerPath: variables.SANDBOX_LEDGER,
    seed: variables.SANDBOX_SEED,
    medianMs: variables.SANDBOX_MEDIAN_MS,
    p99Ms: variables.SANDBOX_P99_MS,
    latencyCapMs: variables.SANDBOX_LATENCY_CAP_MS,
    actionMsMax: seconds === undefined ? undefined : seconds * 1000,
    inFlightMax: variables.SANDBOX_IN_FLIGHT_MAX,
    recordsMax: variables.SANDBOX_LEDGER_MAX,
    webhook: url === undefined || secret === undefined ? undefined : { url, secret },
    bodyBytesMax: 16 * 1024,
    logLevel: variables.LOG_LEVEL,
  }
}
