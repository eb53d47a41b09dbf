import { makeTestAccounts } from '../../../origin/testing/origin.ts'
import { type BareSale, startBareSale } from './bare-sale.ts'
import { startGateway } from './gateway-process.ts'
import type { InstantProviderCalls } from './instant-provider.ts'
import { alternate, type Measured } from './measure.ts'
import { createOriginSetup, type OriginSetup } from './origin-setup.ts'
import { type Child, startChild } from './processes.ts'
import type { Figure } from './report.ts'
import { untilStatus } from './rooms.ts'
import type { SaleCalls, SaleResult } from './sale-load.ts'
import { type BenchOptions, CONNECTIONS } from './setup.ts'

const TYPES = 3
/** Buyers prepared for each kind of sale; it ends early when a faster host uses them up. */
const PURCHASES_PER_SECOND_MAX = { full: 2500, bank: 2000, lone: 500, bare: 5000 }
const ACCOUNTS_PER_BATCH = 1000
const WARM_SECONDS = 0.5
/** Enough stock to call every waiting fan: no more are called than the stock can serve. */
const UNITS_LEFT = 10_000
const PROCESSES = ['gateway', 'origin', 'redis', 'mysql'] as const

type Sale = {
  setup: OriginSetup
  bare: BareSale
  load: Child<SaleCalls>
  gateway: { port: number; pid: number }
}
type Results = { full: SaleResult[]; bank: SaleResult[]; lone: SaleResult[]; bare: SaleResult[] }

/**
 * An entire sale on this host: every fan enters, reads the status, claims, holds, pays and follows the payment until it
 * is confirmed, through the gateway and the origin, with durable stores. The provider responds immediately; accounts
 * and sessions exist before. Half of the sales are by card, half at a bank, from which the fan comes back at once. The baseline is the same requests to a proxy and a server that do nothing: the capacity of
 * node:http and undici alone on these cores. Settling alone is far faster (`settle`), so it would be no baseline for
 * this path.
 */
export async function benchSale({ seconds, runs, env }: BenchOptions): Promise<Figure[]> {
  const ends: (() => unknown)[] = []
  try {
    const provider = startChild<InstantProviderCalls>('instant-provider.ts', undefined)
    ends.push(provider.stop)
    const providerUrl = `http://127.0.0.1:${await provider.call('serve', {})}`
    const sold =
      (buyersOf('full', seconds) + buyersOf('bank', seconds) + buyersOf('lone', seconds)) * (runs + 1)
    const units = Math.ceil(sold / TYPES) + UNITS_LEFT
    const quantities = Array.from({ length: TYPES }, () => units)
    const setup = await createOriginSetup({ env, durable: true, core: undefined, providerUrl, quantities })
    ends.push(setup.end)
    const { origin, festival } = setup
    const gateway = await startGateway({
      redisUrl: setup.redisUrl,
      // The origin that it brings along is not used: the settings name the real one, and its keys.
      rooms: [],
      core: undefined,
      env,
      settings: {
        ORIGIN_URL: `http://127.0.0.1:${origin.port}`,
        PASS_PRIVATE_KEY: origin.keys.pass.privateBase64,
        SERVICE_PRIVATE_KEY: origin.keys.service.privateBase64,
        SESSION_PUBLIC_KEYS: origin.keys.session.publicBase64,
      },
    })
    ends.push(gateway.stop)
    const bare = await startBareSale(festival.id)
    ends.push(bare.stop)
    const load = startChild<SaleCalls>('sale-load.ts', undefined)
    ends.push(load.stop)
    await untilStatus(gateway.port, festival.id, ({ phase }) => phase === 'open')
    return statsOf(await sell({ setup, bare, load, gateway }, seconds, runs))
  } finally {
    for (const each of ends.toReversed()) await each()
  }
}

function buyersOf(kind: keyof Results, seconds: number): number {
  return Math.ceil((seconds + WARM_SECONDS) * PURCHASES_PER_SECOND_MAX[kind])
}

async function sell(sale: Sale, seconds: number, runs: number): Promise<Results> {
  const { setup, bare, load, gateway } = sale
  const results: Results = { full: [], bank: [], lone: [], bare: [] }
  const { origin, redisPid: redis, mysqlPid: mysql } = setup
  const pids = { gateway: gateway.pid, origin: origin.pid, redis, mysql }
  const selling = async (kind: keyof Results, connections: number, port: number, pids: object) => {
    await prepareBuyers(sale, buyersOf(kind, seconds))
    const method = kind === 'bank' ? ('bank' as const) : ('card-ok' as const)
    const order = { port, room: setup.festival.id, connections, method, seconds, warmSeconds: WARM_SECONDS }
    const result = await load.call('sell', { ...order, pids: { ...pids, load: load.pid } })
    results[kind].push(result)
    return { value: result.purchases / result.seconds }
  }
  const contenders = {
    full: () => selling('full', CONNECTIONS, gateway.port, pids),
    bank: () => selling('bank', CONNECTIONS, gateway.port, pids),
    lone: () => selling('lone', 1, gateway.port, pids),
    bare: () => selling('bare', CONNECTIONS, bare.port, bare.pids),
  }
  await alternate(1, contenders) // not counted: code is compiled while it runs
  for (const each of Object.values(results)) each.length = 0
  await alternate(runs, contenders)
  return results
}

/** Creates accounts and signs them in until there are enough buyers, which is not measured. */
async function prepareBuyers({ setup, load }: Sale, count: number): Promise<void> {
  const { db, festival, origin } = setup
  const accounts: string[] = []
  const missing = count - (await load.call('countBuyers', {}))
  while (accounts.length < missing) accounts.push(...(await makeTestAccounts(db, ACCOUNTS_PER_BATCH)))
  const sessionKeyBase64 = origin.keys.session.privateBase64
  await load.call('prepareBuyers', { accounts, types: festival.types, sessionKeyBase64 })
}

function statsOf({ full, bank, lone, bare }: Results): Figure[] {
  const of = (results: readonly SaleResult[], value: (result: SaleResult) => number): Measured[] =>
    results.map((result) => ({ value: value(result) }))
  const perSecond = ({ purchases, seconds }: SaleResult) => purchases / seconds
  const requestsEach = ({ purchases, requests }: SaleResult) => requests / purchases
  const beside = (value: (result: SaleResult) => number) => ({
    name: 'the same requests through bare node:http',
    measured: of(bare, value),
  })
  const latency = (name: string, results: readonly SaleResult[], which: 'p50' | 'p99'): Figure => ({
    name: `${name}, claim to confirmed, ${which}`,
    unit: 'ms',
    measured: of(results, ({ latencyMs }) => latencyMs[which]),
  })
  return [
    {
      name: 'sale',
      unit: 'purchases/s',
      measured: of(full, perSecond),
      baseline: beside(perSecond),
      note: `${CONNECTIONS} fans buying at a time, and as many who enter; load, stores and services share all cores`,
    },
    {
      name: 'requests per purchase',
      unit: 'requests',
      measured: of(full, requestsEach),
      baseline: beside(requestsEach),
      note: 'one each to enter, look, claim, hold and pay; the others follow the payment from state to state',
    },
    {
      name: 'sale at a bank',
      unit: 'purchases/s',
      measured: of(bank, perSecond),
      baseline: { name: 'by card', measured: of(full, perSecond) },
      note: 'the provider asks the fan to go to a page of the bank, who approves and comes back at once',
    },
    {
      name: 'requests per purchase at a bank',
      unit: 'requests',
      measured: of(bank, requestsEach),
      baseline: { name: 'by card', measured: of(full, requestsEach) },
    },
    latency('sale at a bank', bank, 'p50'),
    latency('sale at a bank', bank, 'p99'),
    latency('sale', full, 'p50'),
    latency('sale', full, 'p99'),
    latency('lone purchase', lone, 'p50'),
    latency('lone purchase', lone, 'p99'),
    ...PROCESSES.flatMap((name) => cpuFigure(name, full, bare)),
    ...cpuFigure('load', full, bare),
  ]
}

/** Empty where the system does not report it. */
function cpuFigure(name: string, full: readonly SaleResult[], bare: readonly SaleResult[]): Figure[] {
  const [own, beside] = [full, bare].map((results) =>
    results.flatMap(({ cpuSeconds, purchases }) => {
      const seconds = cpuSeconds[name]
      return seconds === undefined ? [] : [{ value: (seconds * 1000) / purchases }]
    }),
  )
  if (own === undefined || own.length === 0) return []
  const figure: Figure = { name: `CPU time of ${name}`, unit: 'ms/purchase', measured: own }
  if (beside === undefined || beside.length !== own.length) return [figure]
  return [{ ...figure, baseline: { name: 'bare node:http in its place', measured: beside } }]
}
