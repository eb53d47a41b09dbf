import { setTimeout as wait } from 'node:timers/promises'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { createRedis } from '../../../shared/redis/client.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import { Failure } from '../../develop/stores/failure.ts'
import { waitUntil } from '../../develop/stores/wait.ts'
import { audit } from '../../operate/audit/audit.ts'
import { createLedgerClient } from '../../operate/audit/read-ledger.ts'
import type { AuditReport } from '../../operate/audit/report.ts'
import { type Crowd, createCrowd } from '../replay/crowd.ts'
import { signUp } from '../replay/sign-up.ts'
import { compare } from './compare.ts'
import type { Discrepancy } from './discrepancy.ts'
import type { ChaosFanDeps } from './fan.ts'
import { describeFault } from './fault.ts'
import { type Inflicted, inflict } from './inflict.ts'
import { type Reconciled, reconcile } from './reconcile.ts'
import type { RedisKind } from './redis.ts'
import { type ChaosSale, openSale, type Sold, sell } from './sale.ts'
import type { Planned } from './schedule.ts'
import { readStored } from './stored-state.ts'
import { type ChaosSystem, startChaosSystem } from './system.ts'

/** One sale, and the faults injected meanwhile. */
export type SaleOptions = {
  seed: number
  /** How long fans arrive and faults are injected. */
  lastsMs: number
  fans: number
  /** The number of fans who buy up to the limit and try for more. */
  collectors: number
  /** The room's limit of live passes. */
  maxActive: number
  /** The grace period; a rebuilt room waits this long for fans who were called before. */
  graceSeconds: number
  /** How long a fan looks at the basket before paying, on average. */
  thinkMs: number
  /** The share of payments that fans make at the bank, with every ending; none when it is not given. */
  bankShare?: number
  schedule: readonly Planned[]
  /** The schedule starts when this many have paid; with the sale, when it is not given. */
  faultsAfterPaid?: number
  /** The time that all fans have after that to finish. */
  drainMs: number
  /** How fans get a session; by signing up, when it is not given. */
  signIn?: ChaosFanDeps['signIn']
  /** A line of the timeline; milliseconds from the start of the sale, undefined before it. */
  say: (line: string, atMs: number | undefined) => void
  /** Aborted to end early; the run then throws its reason, and leaves nothing running. */
  signal: AbortSignal
}

export type ChaosOptions = SaleOptions & {
  env: Env
  redis: RedisKind
  origins: number
  gateways: number
  /** For data, logs and sockets; the caller removes it or keeps it. */
  folder: string
  /** The folder with the services' programs. */
  programs: string
}

export type DoneFault = Planned & { came: Inflicted }

export type ChaosResult = {
  units: number
  sold: Sold
  faults: DoneFault[]
  surprises: readonly string[]
  reconciled: Reconciled
  audit: AuditReport
  discrepancies: Discrepancy[]
}

const FIRST_PAID_TIMEOUT_MS = 30_000
const OPEN_TIMEOUT_MS = 30_000
const AUDIT_WAIT_SECONDS = 30
const FESTIVAL = 'chaos'

/**
 * Starts a separate system, sells while the faults of the schedule are injected, lets it drain, and compares what fans
 * were told with the stores. Everything it started is stopped when it returns or throws.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const system = await startChaosSystem(options)
  options.say('the system is up', undefined)
  try {
    return await runSale(system, FESTIVAL, options)
  } finally {
    await system.stop()
  }
}

/** The same on a running system, with a new festival. */
export async function runSale(
  system: ChaosSystem,
  festival: string,
  options: SaleOptions,
): Promise<ChaosResult> {
  const { say, signal, fans, signIn = signUp } = options
  const { db, close } = createDatabase({ url: system.mysql.url(), connectionsMax: 2, queueMax: 100 })
  const sale = await openSale(db, { ...options, festival }).finally(close)
  for (const url of system.gatewayUrls) await untilOpen(url, festival)
  say(`${fans} fans, ${sale.units} units`, undefined)

  const startedMs = performance.now()
  const tell = (line: string) => say(line, performance.now() - startedMs)
  const failing = new AbortController()
  const ending = { ...options, signal: AbortSignal.any([signal, failing.signal]) }
  const crowd = createCrowd()
  const faulting = inflictAll(ending, system, festival, crowd, tell)
  const selling = sell({
    ...ending,
    crowd,
    signIn,
    gatewayUrl: system.gatewayUrl,
    sale,
    arriveMs: options.lastsMs,
    endsMs: options.lastsMs + options.drainMs,
  })
  const [sold, faults] = await together(selling, faulting, () => failing.abort())
  try {
    signal.throwIfAborted()
    tell('all fans are done')
    const judged = await judge(options, system, sale, sold)
    tell('audited and compared')
    return { units: sale.units, sold, faults, surprises: system.surprises, ...judged }
  } finally {
    await sold.close()
  }
}

/** When either fails, the other is ended before the failure is thrown. */
async function together<A, B>(a: Promise<A>, b: Promise<B>, end: () => void): Promise<[A, B]> {
  try {
    return await Promise.all([a, b])
  } catch (error) {
    end()
    await Promise.allSettled([a, b])
    throw error
  }
}

async function inflictAll(
  { schedule, seed, signal, faultsAfterPaid = 0 }: SaleOptions,
  system: ChaosSystem,
  room: string,
  crowd: Crowd,
  say: (line: string) => void,
): Promise<DoneFault[]> {
  const random = createRandom(seed)
  await waitUntil(() => crowd.paid >= faultsAfterPaid, { timeoutMs: FIRST_PAID_TIMEOUT_MS, signal })
  return Promise.all(
    schedule.map(async ({ atMs, fault }) => {
      await wait(atMs, undefined, { signal })
      say(describeFault(fault))
      const came = await inflict({ system, room, random, say, signal }, fault)
      if (came !== 'missed') say(`over: ${fault.kind}`)
      return { atMs, fault, came }
    }),
  )
}

async function untilOpen(gatewayUrl: string, room: string): Promise<void> {
  const isOpen = async () => {
    const response = await fetch(`${gatewayUrl}/api/rooms/${room}/status`)
    return ((await response.json()) as { phase?: string }).phase === 'open'
  }
  if (await waitUntil(isOpen, { timeoutMs: OPEN_TIMEOUT_MS, everyMs: 100 })) return
  throw new Failure('The room of the sale does not open')
}

/** After all faults: reconciles, lets buyers check their orders, audits, compares. */
async function judge(
  options: SaleOptions,
  { env, mysql, redis: redisStore, providerUrl }: ChaosSystem,
  { festival, maxActive }: ChaosSale,
  sold: Sold,
): Promise<Pick<ChaosResult, 'reconciled' | 'audit' | 'discrepancies'>> {
  const log = createLogger('chaos', 'silent')
  const redis = createRedis({ url: redisStore.url(), name: 'chaos', log })
  const { db, close } = createDatabase({ url: mysql.url(), connectionsMax: 4, queueMax: 1000 })
  try {
    await redis.connect()
    const fetchLedger = createLedgerClient(providerUrl)
    await untilNothingUnderWay(db, options.signal)
    const reconciled = await reconcile({
      env,
      urls: { databaseUrl: mysql.url(), redisUrl: redisStore.url(), providerUrl },
      signal: options.signal,
    })
    await sold.verify()
    const audited = await audit({ db, redis, fetchLedger, festival, waitSeconds: AUDIT_WAIT_SECONDS })
    const stored = await readStored(db, fetchLedger, festival)
    const discrepancies = compare({ ...sold, stored, maxActive })
    return { reconciled, audit: audited, discrepancies }
  } finally {
    redis.disconnect()
    await close()
  }
}

/** A fan who stopped may have a payment in flight; it gets time to settle. */
async function untilNothingUnderWay(db: Database, signal: AbortSignal): Promise<void> {
  const isQuiet = async () => {
    const [rows] = await db.execute(
      "select id from payments where state in ('accepted', 'charging', 'waiting', 'refunding') limit 1",
    )
    return (rows as unknown as unknown[]).length === 0
  }
  await waitUntil(isQuiet, { timeoutMs: SETTLE_MS_MAX, everyMs: 500, signal })
}

const SETTLE_MS_MAX = 30_000
