import { DrizzleQueryError, sql } from 'drizzle-orm'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { isRedisUnavailable } from '../../../shared/redis/unavailable.ts'
import { ConfigError, type Env } from '../../../shared/runtime/env.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import type { Running } from '../addresses.ts'
import { runCommand, WRONG_USAGE } from '../read-options.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { audit, UnknownFestival } from './audit.ts'
import { openProviderLedger, type ProviderLedger } from './provider-ledger.ts'
import { createLedgerClient } from './read-ledger.ts'
import { type AuditReport, formatReport } from './report.ts'
import { Unreachable } from './unreachable.ts'

const BROKEN = 1
const UNREADABLE = 3

/** A running system. */
export type System = {
  /** The addresses of its parts, or throws. */
  find: <K extends keyof Running>(wanted: readonly K[]) => Pick<Running, K>
  /** The origin's variables, which say who its payment provider is. */
  env: Env
}

/** Runs the audit and prints its report. Returns the exit status. */
export function auditCommand(args: readonly string[], system: System): Promise<number> {
  return runCommand(USAGE, readArguments, (options) => run(options, system), args)
}

async function run(options: Arguments, system: System): Promise<number> {
  try {
    const report = await auditRunning(options, system)
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report))
    return report.holds ? 0 : BROKEN
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    return error instanceof UnknownFestival ? WRONG_USAGE : UNREADABLE
  }
}

async function auditRunning({ json: _, ...options }: Arguments, system: System): Promise<AuditReport> {
  const { databaseUrl, redisUrl } = findParts(system, ['databaseUrl', 'redisUrl'])
  const redis = createRedis({ url: redisUrl, name: 'audit', log: createLogger('audit', 'silent') })
  const { db, close } = createDatabase({
    url: databaseUrl,
    connectionsMax: 1,
    queueMax: 10,
    silentMs: 0,
  })
  try {
    await reachRedis(redis)
    await reachDatabase(db)
    const { close: closeLedger, ...ledger } = await openLedger(system, db)
    try {
      return await audit({ db, redis, ...ledger, ...options })
    } finally {
      await closeLedger()
    }
  } finally {
    redis.disconnect()
    await close()
  }
}

function findParts<K extends keyof Running>({ find }: System, wanted: readonly K[]): Pick<Running, K> {
  try {
    return find(wanted)
  } catch (error) {
    throw new Unreachable('The system', error)
  }
}

async function openLedger(system: System, db: Database): Promise<ProviderLedger> {
  if ((system.env['PAYMENT_PROVIDER'] ?? 'sandbox') !== 'sandbox') return openProviderLedger(system.env, db)
  const { providerUrl } = findParts(system, ['providerUrl'])
  return { fetchLedger: createLedgerClient(providerUrl), notChecked: [], close: async () => {} }
}

async function reachRedis(redis: Redis): Promise<void> {
  let reason: unknown
  // Only this event has the reason.
  redis.once('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
  } catch (error) {
    throw new Unreachable('Redis', reason ?? error)
  }
}

async function reachDatabase(db: Database): Promise<void> {
  try {
    await db.execute(sql`select 1`)
  } catch (error) {
    throw new Unreachable('MySQL', error)
  }
}

/** One line for expected errors; the whole error for unexpected ones. */
function explain(error: unknown): string {
  if (error instanceof Unreachable || error instanceof UnknownFestival || error instanceof ConfigError)
    return error.message
  // Both fail with the same network codes; Drizzle wraps every error of a query.
  if (error instanceof DrizzleQueryError && isDatabaseUnavailable(error)) {
    return new Unreachable('MySQL', error).message
  }
  if (isRedisUnavailable(error)) return new Unreachable('Redis', error).message
  if (isDatabaseUnavailable(error)) return new Unreachable('MySQL', error).message
  return `The audit could not be made: ${error instanceof Error ? error.stack : String(error)}`
}
