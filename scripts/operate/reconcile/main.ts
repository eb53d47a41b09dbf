import { DrizzleQueryError, sql } from 'drizzle-orm'
import { z } from 'zod'
import { createDatabase } from '../../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { PAYMENT_EXPIRE_SECONDS } from '../../../origin/config.ts'
import { queueEmails } from '../../../origin/email/queue-emails.ts'
import { endWaiting, NOT_DONE_IN_TIME } from '../../../origin/payments/process/end-waiting.ts'
import { resolvePayment } from '../../../origin/payments/process/resolve-payment.ts'
import { chooseProvider } from '../../../origin/payments/providers/choose-provider.ts'
import {
  PROVIDER_RULES,
  PROVIDER_VARIABLES,
  providerConfigOf,
} from '../../../origin/payments/providers/provider-config.ts'
import { isOpen } from '../../../origin/payments/reconcile/finding.ts'
import { type Reconciled, reconcile } from '../../../origin/payments/reconcile/reconcile.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import { isRedisUnavailable } from '../../../shared/redis/unavailable.ts'
import { ConfigError, type Env, readVariables, withRules } from '../../../shared/runtime/env.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { runCommand } from '../read-options.ts'
import { findRunning } from '../running.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { formatJson, formatTable } from './report.ts'

const LEFT_OPEN = 1
const UNREADABLE = 3

const HOUR_MS = 3_600_000
/** The origin's defaults, so that a command run by hand needs no further settings. */
const CONCURRENCY_MAX = 8
const PROVIDER_TIMEOUT_MS = 10_000
const REMEMBER_SECONDS = 3600
/** No charge is in flight for longer than this, whatever the origins' timeouts are. */
const CHARGE_MS_MAX = HOUR_MS
const CHARGES_LISTED_MAX = 10_000_000
const ROWS_MAX = 100_000

/** The same variables as the origin's, which must be given when they differ from its defaults. */
const RECONCILE_VARIABLES = withRules(
  z.object({ ...PROVIDER_VARIABLES, PAYMENT_EXPIRE_SECONDS }),
  PROVIDER_RULES,
)

process.exitCode = await runCommand(USAGE, readArguments, (options) => run(options, process.env))

async function run(options: Arguments, env: Env): Promise<number> {
  try {
    const reconciled = await reconcileRunning(options, env)
    process.stdout.write(options.json ? formatJson(reconciled) : formatTable(reconciled))
    return reconciled.findings.some(isOpen) ? LEFT_OPEN : 0
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    return UNREADABLE
  }
}

async function reconcileRunning(
  { hours, 'rest-seconds': restSeconds }: Arguments,
  env: Env,
): Promise<Reconciled> {
  const now = Date.now
  const { databaseUrl, redisUrl } = findRunning(env, ['databaseUrl', 'redisUrl'])
  const { abandonMs, ...providerConfig } = readSettings(env)
  const limits = { restMs: restSeconds * 1000, abandonMs, rowsMax: ROWS_MAX, concurrencyMax: CONCURRENCY_MAX }
  const log = createLogger('reconcile', 'silent')
  const { provider, close: closeProvider } = await chooseProvider(providerConfig, now)
  const redis = createRedis({ url: redisUrl, name: 'reconcile', log })
  const { db, close } = createDatabase({ url: databaseUrl, connectionsMax: CONCURRENCY_MAX, queueMax: 1000 })
  try {
    await redis.connect()
    await db.execute(sql`select 1`)
    const resolving = { redis, db, provider, now, queueEmails, rememberSeconds: REMEMBER_SECONDS }
    return await reconcile(
      {
        ...{ db, redis, provider, now, queueEmails, log, limits },
        resolvePayment: (payment) => resolvePayment(resolving, payment),
        endWaiting: (payment) =>
          endWaiting(resolving, payment, { reason: NOT_DONE_IN_TIME, keepsHold: false }),
        countFinding: () => {},
      },
      new Date(now() - hours * HOUR_MS),
    )
  } finally {
    redis.disconnect()
    await close()
    await closeProvider()
  }
}

function readSettings(env: Env) {
  const isSandbox = (env['PAYMENT_PROVIDER'] ?? 'sandbox') === 'sandbox'
  const variables = readVariables(
    RECONCILE_VARIABLES,
    isSandbox ? { ...env, PROVIDER_URL: findRunning(env, ['providerUrl']).providerUrl } : env,
  )
  return {
    provider: providerConfigOf(variables),
    providerTimeoutMs: PROVIDER_TIMEOUT_MS,
    retriesMax: 2,
    chargeConcurrency: CONCURRENCY_MAX,
    chargesListedMax: CHARGES_LISTED_MAX,
    abandonMs: variables.PAYMENT_EXPIRE_SECONDS * 1000 + CHARGE_MS_MAX,
  }
}

/** One line for expected errors; the whole error for unexpected ones. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  // Both fail with the same network codes; Drizzle wraps every error of a query.
  if (error instanceof DrizzleQueryError && isDatabaseUnavailable(error)) return 'MySQL cannot be reached'
  if (isRedisUnavailable(error)) return 'Redis cannot be reached'
  if (isDatabaseUnavailable(error)) return 'MySQL cannot be reached'
  return `Reconciling failed: ${error instanceof Error ? error.message : String(error)}`
}
