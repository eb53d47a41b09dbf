import { readFile } from 'node:fs/promises'
import { failOver } from '../../develop/stores/redis-name.ts'
import { runCommand } from '../../operate/read-options.ts'
import { findRedisPair, findRunning } from '../../operate/running.ts'
import { type ReplayArguments, readArguments, USAGE } from './arguments.ts'
import { parseSale } from './arrivals.ts'
import { createBank } from './bank.ts'
import { createProgressLine } from './progress.ts'
import { ReplayRefused } from './refused.ts'
import { type ReplayOptions, replay } from './replay.ts'
import { formatJson, formatTable } from './table.ts'

const { env, stdout, stderr } = process
const INTERRUPTED = 130
const SAME_SIGNAL_MS = 500
const interrupted = new AbortController()
const progress = createProgressLine(stderr)

let interruptedMs = Number.POSITIVE_INFINITY

/**
 * The first Ctrl-C stops the replay, which then reports its results so far; another one ends it immediately. npm
 * forwards what the terminal has sent already, so the same one may arrive twice.
 */
process.on('SIGINT', () => {
  if (performance.now() - interruptedMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED)
  interruptedMs = Math.min(interruptedMs, performance.now())
  interrupted.abort()
})

try {
  process.exitCode = await runCommand(USAGE, readArguments, run)
} catch (error) {
  if (!(error instanceof ReplayRefused)) throw error
  stderr.write(`${error.message}\n`)
  process.exitCode = interrupted.signal.aborted ? INTERRUPTED : 2
}

async function run(given: ReplayArguments): Promise<number> {
  const { json, csvPath, fansMax, runMsMax, connectionsMax, failOverAtMs, bankShare, ...rest } = given
  const report = await replay({
    ...rest,
    bank: bankShare > 0 ? createBank({ share: bankShare, looksAgain: true }) : undefined,
    sale: parseSale(await readCsv(csvPath)),
    gatewayUrl: given.gatewayUrl ?? found(() => findRunning(env, ['gatewayUrl']).gatewayUrl),
    failover: failOverAtMs === undefined ? undefined : failoverAt(failOverAtMs),
    limits: { fansMax, runMsMax, connectionsMax },
    signal: interrupted.signal,
    onProgress: (now) => progress.show(now),
  })
  progress.end()
  stdout.write(json ? formatJson(report) : formatTable(report))
  if (report.interrupted) return INTERRUPTED
  return report.errors > 0 ? 1 : 0
}

async function readCsv(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ReplayRefused(
      `The recorded sale cannot be read: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** Finds the pair before the sale begins, so that a missing one is reported early. */
function failoverAt(atMs: number): NonNullable<ReplayOptions['failover']> {
  const place = found(findRedisPair)
  const orRefuse = (error: unknown) => {
    throw new ReplayRefused(`Redis did not fail over: ${error instanceof Error ? error.message : error}`)
  }
  return { atMs, failOver: () => failOver(place).catch(orRefuse) }
}

function found<T>(find: () => T): T {
  try {
    return find()
  } catch (error) {
    throw new ReplayRefused(error instanceof Error ? error.message : String(error))
  }
}
