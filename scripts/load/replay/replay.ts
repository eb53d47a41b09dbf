import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import { type SaleSecond, spreadArrivals } from './arrivals.ts'
import type { Bank } from './bank.ts'
import { createClient } from './client.ts'
import { createCrowd } from './crowd.ts'
import { createFanRecord, type FanRecord } from './fan-record.ts'
import { findSale, type Sale } from './find-sale.ts'
import { readGatewayUrl } from './gateway-url.ts'
import type { Progress } from './progress.ts'
import { createReport, type Report } from './report.ts'
import { sellToAll, verifyAll } from './sell.ts'
import { toTenths } from './stats.ts'
import { createStops, type Stops } from './stops.ts'
import { realTime, type Time } from './time.ts'

type ReplayLimits = {
  /** Maximum number of concurrent fans; others begin late. */
  fansMax: number
  /** Fans who are not done by then stop; the verification after the sale has the same time again. */
  runMsMax: number
  connectionsMax: number
  /** The timeout of one request. */
  requestMsMax: number
  /** How long a fan retries one call while the service is unavailable. */
  retryMsMax: number
}

const REPLAY_LIMITS: ReplayLimits = {
  fansMax: 20_000,
  runMsMax: 15 * 60_000,
  connectionsMax: 8192,
  requestMsMax: 30_000,
  retryMsMax: 60_000,
}

export type ReplayOptions = {
  sale: readonly SaleSecond[]
  gatewayUrl: string
  /** The first one whose room is open, when it is not given. */
  festival?: string | undefined
  times?: number
  seed?: number
  /** Where some fans pay; missing where all pay by card. */
  bank?: Bank | undefined
  /** Allows a gateway on another host. */
  remote?: boolean
  limits?: Partial<ReplayLimits>
  /** Aborted to stop the arrivals and report the results so far. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
  /** The fault to inject into Redis in the middle of the sale, and when. */
  failover?: { atMs: number; failOver: () => Promise<void> } | undefined
  time?: Time
}

const OPENING = { connectionsMax: 1, requestMsMax: 10_000, retryMsMax: 5000 }
const PROGRESS_MS = 250
const LOOP_RESOLUTION_MS = 10

/**
 * Replays a recorded sale against a running system: as many independent fans as arrived, each with a separate account,
 * each completing the entire journey over HTTP. Throws a `ReplayRefused` when it cannot begin; the fans' outcomes are
 * in the report.
 */
export async function replay(options: ReplayOptions): Promise<Report> {
  const { times = 1, seed = 1, time = realTime, signal = new AbortController().signal } = options
  const limits = { ...REPLAY_LIMITS, ...options.limits }
  const gatewayUrl = readGatewayUrl(options.gatewayUrl, options.remote ?? false)
  const random = createRandom(seed)
  const arrivalsMs = spreadArrivals(options.sale, times, random)
  const sale = await openSale(options.festival, gatewayUrl, signal, time)

  const records = createRecords(arrivalsMs.length)
  const crowd = createCrowd()
  const client = createClient({ ...limits, gatewayUrl, time })
  const startedMs = time.now()
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loopDelay.enable()
  const tell = () =>
    options.onProgress?.({ ...crowd, elapsedMs: time.now() - startedMs, fans: records.length })
  const telling = setInterval(tell, PROGRESS_MS)
  try {
    const { buyers, lateMaxMs, failedOverMs } = await during(signal, limits.runMsMax, async (stops) => {
      const selling = sellToAll({
        client,
        time,
        ...sale,
        bank: options.bank,
        arrivalsMs,
        records,
        crowd,
        random,
        stops,
        fansMax: limits.fansMax,
      })
      return besideFailover(selling, options.failover, time)
    })
    const durationSeconds = toTenths((time.now() - startedMs) / 1000)
    await during(signal, limits.runMsMax, (stops) => verifyAll({ client }, buyers, stops))
    tell()
    const { requests, queuedMaxMs } = client.stats()
    return createReport({
      gatewayUrl,
      festival: sale.festival,
      times,
      seed,
      interrupted: signal.aborted,
      startedMs,
      durationSeconds,
      client: {
        requests,
        queuedMaxMs: toTenths(queuedMaxMs),
        lateMaxMs: toTenths(lateMaxMs),
        eventLoopDelayP99Ms: toTenths(Math.max(0, loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS)),
      },
      crowd,
      records,
      failedOverMs,
    })
  } finally {
    clearInterval(telling)
    loopDelay.disable()
    await client.close()
  }
}

/** Makes Redis fail over during the sale; does nothing when the sale is over before. */
async function besideFailover<T>(
  selling: Promise<T>,
  failover: ReplayOptions['failover'],
  time: Time,
): Promise<T & { failedOverMs: number | undefined }> {
  const over = new AbortController()
  const failing = failover === undefined ? undefined : failOverAt(failover, time, over.signal)
  try {
    const [sold, failedOverMs] = await Promise.all([selling.finally(() => over.abort()), failing])
    return { ...sold, failedOverMs }
  } finally {
    over.abort()
  }
}

/** When it failed over, in the replay's time; undefined when the sale was over before. */
async function failOverAt(
  { atMs, failOver }: NonNullable<ReplayOptions['failover']>,
  time: Time,
  over: AbortSignal,
): Promise<number | undefined> {
  try {
    await time.pause(atMs, over)
  } catch {
    return undefined
  }
  await failOver()
  return time.now()
}

/** Finds the sale with a shorter timeout: a missing gateway should be reported soon. */
async function openSale(
  festival: string | undefined,
  gatewayUrl: string,
  signal: AbortSignal,
  time: Time,
): Promise<Sale> {
  const client = createClient({ ...OPENING, gatewayUrl, time })
  try {
    return await during(signal, OPENING.requestMsMax, (stops) => {
      const counts = { retries: 0, waited: 0 }
      const asker = {
        step: 'arrive',
        signal: stops.signal,
        random: Math.random,
        counts,
        queuedMs: 0,
      } as const
      return findSale(client, asker, festival)
    })
  } finally {
    await client.close()
  }
}

/** Unlike all else about a fan, addresses differ from replay to replay, since an account is created only once. */
function createRecords(count: number): FanRecord[] {
  const name = randomBytes(6).toString('hex')
  return Array.from({ length: count }, (_, number) =>
    createFanRecord(number, `fan-${number}-${name}@replay.naru.test`),
  )
}

async function during<T>(signal: AbortSignal, msMax: number, work: (stops: Stops) => Promise<T>): Promise<T> {
  const stops = createStops(signal, msMax)
  try {
    return await work(stops)
  } finally {
    stops.end()
  }
}
