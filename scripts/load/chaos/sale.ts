import { randomBytes } from 'node:crypto'
import type { Database } from '../../../drizzle/database.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { createRandom } from '../../develop/sandbox-provider/dials.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { spreadArrivals } from '../replay/arrivals.ts'
import { createBank } from '../replay/bank.ts'
import { createClient } from '../replay/client.ts'
import type { Crowd } from '../replay/crowd.ts'
import { createFanRecord, type FanRecord } from '../replay/fan-record.ts'
import { type Buyer, sellToAll, verifyAll } from '../replay/sell.ts'
import { createStops } from '../replay/stops.ts'
import { realTime } from '../replay/time.ts'
import { runCollector } from './collector.ts'
import { type ChaosFanDeps, runChaosFan } from './fan.ts'
import { createObserver, type Observer } from './observer.ts'

/** The tickets on sale, and the number of fans. */
export type ChaosSale = {
  festival: string
  ticketTypes: number[]
  units: number
  maxActive: number
  accountLimit: number
}

export type Sold = {
  records: readonly FanRecord[]
  /** Addresses of those who bought more than once. */
  collectors: ReadonlySet<string>
  observed: Observer['payments']
  passes: Observer['passes']
  keys: Observer['keys']
  /** The losses that fans recovered from, as `step code`. */
  setbacks: Record<string, number>
  /** How often fans left the bank in each way. */
  bankEndings: Readonly<Record<string, number>>
  requests: number
  retries: number
  /** Checks through the API whether each buyer owns what they were told, and requests the outcome of every payment. */
  verify(): Promise<void>
  close(): Promise<void>
}

/** Units as a share of fans, so that some sales sell out and some do not. */
const UNITS_SHARE = { min: 0.8, max: 1.1 }
const RATE_PER_SECOND = 60
/** Well within the time to drain: a fan who stops with a pass keeps its slot for this long. */
const PASS_SECONDS = 90
const HOLD_SECONDS = 60
const ACCOUNT_LIMIT = 2

const CONNECTIONS_MAX = 200
/** As in a replay: longer than the gateway waits for an origin, so that it is the gateway that gives up. */
const REQUEST_MS_MAX = 30_000
const RETRY_MS_MAX = 120_000
const VERIFY_MS_MAX = 60_000

export type OpenSaleOptions = {
  festival: string
  fans: number
  seed: number
  maxActive: number
  graceSeconds: number
}

export async function openSale(
  db: Database,
  { festival, fans, seed, maxActive, graceSeconds }: OpenSaleOptions,
): Promise<ChaosSale> {
  const random = createRandom(seed)
  const units = Math.ceil(fans * (UNITS_SHARE.min + (UNITS_SHARE.max - UNITS_SHARE.min) * random()))
  const sale = festivalOnSale(festival, Date.now(), { units, ratePerSecond: RATE_PER_SECOND, maxActive })
  const seconds = { graceSeconds, passSeconds: PASS_SECONDS, holdSeconds: HOLD_SECONDS }
  const made = await makeFestival(
    { db, now: Date.now },
    {
      ...sale,
      room: { ...sale.room, ...seconds },
      ticketTypes: sale.ticketTypes.map((type) => ({ ...type, accountLimit: ACCOUNT_LIMIT })),
    },
  )
  if (made.status !== 'made') throw new Error(`The festival could not be made: ${made.status}`)
  return { festival, ticketTypes: made.ticketTypes, units, maxActive, accountLimit: ACCOUNT_LIMIT }
}

export type SellOptions = {
  gatewayUrl: string
  sale: ChaosSale
  fans: number
  /** How many of the fans buy more than once. */
  collectors: number
  thinkMs: number
  /** The share of payments at the bank. */
  bankShare?: number
  crowd: Crowd
  signIn: ChaosFanDeps['signIn']
  seed: number
  /** How long fans arrive. */
  arriveMs: number
  /** A fan who is not done by then stops. */
  endsMs: number
  signal: AbortSignal
}

/** Lets all fans go their ways; resolves when the last one has left. */
export async function sell(options: SellOptions): Promise<Sold> {
  const { gatewayUrl, sale, fans, seed, crowd, signal } = options
  const random = createRandom(seed)
  const arrivalsMs = spreadArrivals(arrivalsOf(fans, options.arriveMs / 1000), 1, random)
  const name = randomBytes(4).toString('hex')
  const records = arrivalsMs.map((_, n) => createFanRecord(n, `fan-${n}-${name}@chaos.naru.test`))
  const isCollector = evenly(options.collectors, fans)
  const limits = { connectionsMax: CONNECTIONS_MAX, requestMsMax: REQUEST_MS_MAX, retryMsMax: RETRY_MS_MAX }
  const real = createClient({ gatewayUrl, ...limits, time: realTime })
  const observer = createObserver(real)
  const { client } = observer
  const setbacks: Record<string, number> = {}
  const onSetback = (what: string) => {
    setbacks[what] = (setbacks[what] ?? 0) + 1
  }
  const { bankShare = 0 } = options
  const bank = bankShare > 0 ? createBank({ share: bankShare, looksAgain: false }) : undefined
  const buyers: Buyer[] = []
  const stops = createStops(signal, options.endsMs)
  try {
    const room = { festival: sale.festival, room: sale.festival, ticketTypes: sale.ticketTypes }
    const { thinkMs, signIn } = options
    const more = { onSetback, thinkMs, signIn, accountLimit: sale.accountLimit }
    const sold = await sellToAll({
      ...room,
      ...{ client, bank, time: realTime, crowd, stops, records, arrivalsMs, random, fansMax: fans },
      runFan: (deps, journey) =>
        (isCollector(journey.record.number) ? runCollector : runChaosFan)({ ...deps, ...more }, journey),
    })
    buyers.push(...sold.buyers)
  } catch (error) {
    await real.close()
    throw error
  } finally {
    stops.end()
  }
  return {
    records,
    collectors: new Set(records.filter(({ number }) => isCollector(number)).map(({ email }) => email)),
    observed: observer.payments,
    passes: observer.passes,
    keys: observer.keys,
    setbacks,
    bankEndings: bank?.endings ?? {},
    requests: real.stats().requests,
    retries: crowd.retries,
    async verify() {
      const verifying = createStops(signal, VERIFY_MS_MAX)
      try {
        await verifyAll({ client }, buyers, verifying)
        const counts = { retries: 0, waited: 0 }
        await observer.askForEnds({
          step: 'verify',
          signal: verifying.signal,
          random: Math.random,
          counts,
          queuedMs: 0,
        })
      } finally {
        verifying.end()
      }
    },
    close: real.close,
  }
}

/** Whether a number below `all` is one of `some`, which are spread evenly among them. */
function evenly(some: number, all: number): (number: number) => boolean {
  return (number) => Math.floor(((number + 1) * some) / all) > Math.floor((number * some) / all)
}

/** A rush and a long tail: in each second as many as are left, in proportion to how soon it is over. */
function arrivalsOf(fans: number, seconds: number): { second: number; reservations: number }[] {
  const whole = Math.max(1, Math.floor(seconds))
  const weights = Array.from({ length: whole }, (_, second) => 1.5 - second / whole)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  let due = 0
  let given = 0
  return weights.map((weight, second) => {
    due += (fans * weight) / sum
    const reservations = second === whole - 1 ? fans - given : Math.floor(due) - given
    given += reservations
    return { second, reservations }
  })
}
