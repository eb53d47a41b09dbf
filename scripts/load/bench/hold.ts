import { inArray } from 'drizzle-orm'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import type { BasketLine } from '../../../drizzle/schema/purchases.ts'
import type { DirectOriginCalls } from './direct-origin.ts'
import type { LoadCalls } from './load.ts'
import { alternate, type Measured } from './measure.ts'
import { createOriginSetup, type OriginSetup } from './origin-setup.ts'
import { type Child, startChild } from './processes.ts'
import { type Figure, withCpuTime } from './report.ts'
import { infoNumber } from './rooms.ts'
import { type BenchOptions, CONNECTIONS, rateOf } from './setup.ts'

const TYPES = 10
const UNITS = 10_000_000
/** Fans prepared for a measurement; it ends early when a faster host uses them up. */
const HOLDS_PER_SECOND_MAX = 8000
const WARM_SECONDS = 0.3
const UNCOUNTED_SECONDS = 1
const VERIFY_SECONDS = 1
/** Nothing is charged: no fan pays. */
const NO_PROVIDER = 'http://127.0.0.1:9'

type Players = { setup: OriginSetup; load: Child<LoadCalls>; direct: Child<DirectOriginCalls> }

/** Holding: baskets per second on one core, each under a pass that the origin has not cached and has to verify. */
export async function benchHold({ seconds, runs, cores, env }: BenchOptions): Promise<Figure[]> {
  const setup = await createOriginSetup({
    env,
    durable: false,
    core: cores?.server,
    providerUrl: NO_PROVIDER,
    quantities: Array.from({ length: TYPES }, () => 1),
    // Unsold units are just a number in Redis, so they need no rows.
    prepare: (db, { types }) =>
      db.update(ticketTypes).set({ quantity: UNITS }).where(inArray(ticketTypes.id, types)),
  })
  const load = startChild<LoadCalls>('load.ts', cores?.client)
  const direct = startChild<DirectOriginCalls>('direct-origin.ts', cores?.server)
  try {
    return await measureHolds({ setup, load, direct }, seconds, runs)
  } finally {
    load.stop()
    direct.stop()
    await setup.end()
  }
}

async function measureHolds(players: Players, seconds: number, runs: number): Promise<Figure[]> {
  const { setup, direct } = players
  const lines = setup.festival.types.map((type) => ({ type, quantity: 1 }))
  const [one, ten] = [lines.slice(0, 1), lines]
  const keyBase64 = setup.origin.keys.pass.privateBase64
  const roundTrips: Measured[] = []
  const contendersFor = (each: number) => ({
    verify: () => direct.call('verify', { keyBase64, seconds: Math.min(each, VERIFY_SECONDS) }),
    directOne: () => direct.call('takeHolds', takeOrder(setup, one, each)),
    one: () => holdFor(players, one, each, roundTrips),
    directTen: () => direct.call('takeHolds', takeOrder(setup, ten, each)),
    ten: () => holdFor(players, ten, each, []),
  })
  await alternate(1, contendersFor(Math.min(seconds, UNCOUNTED_SECONDS))) // code is compiled while it runs
  roundTrips.length = 0
  const measured = await alternate(runs, contendersFor(seconds))
  const figure = (
    name: string,
    contender: 'one' | 'ten',
    baseline: string,
    beside: readonly Measured[],
  ): Figure => ({
    name,
    unit: 'holds/s',
    measured: measured[contender],
    baseline: { name: baseline, measured: beside },
  })
  return [
    ...withCpuTime(figure('hold, one unit', 'one', 'takeHold without HTTP', measured.directOne)),
    ...withCpuTime({
      ...figure('hold, one unit', 'one', 'Ed25519 verifications alone', measured.verify),
      name: 'hold, beside its verification',
      note: 'every hold bears a pass that the origin has not seen, so this is the ceiling of its crypto',
    }),
    ...withCpuTime(figure('hold, ten types', 'ten', 'takeHold of ten without HTTP', measured.directTen)),
    figure('hold, ten types, beside one', 'ten', 'hold, one unit', measured.one),
    {
      name: 'Redis round trips per hold',
      unit: 'reads',
      measured: roundTrips,
      target: '≤ 1',
      note: `INFO total_reads_processed over holds of one unit, the origin's loops and our own INFO included; ${CONNECTIONS} fans at a time`,
    },
  ]
}

function takeOrder({ redisUrl, redisPid, festival }: OriginSetup, basket: BasketLine[], seconds: number) {
  const fans = Math.ceil(seconds * HOLDS_PER_SECOND_MAX)
  return { redisUrl, redisPid, room: festival.id, basket, fans, concurrency: CONNECTIONS, seconds }
}

/** Sends one hold each for new fans through HTTP. Adds the number of round trips per hold to `roundTrips`. */
async function holdFor(
  { setup, load }: Players,
  basket: BasketLine[],
  seconds: number,
  roundTrips: Measured[],
): Promise<Measured> {
  const { redis, redisUrl, redisPid, festival, origin } = setup
  const count = Math.ceil((seconds + WARM_SECONDS) * HOLDS_PER_SECOND_MAX)
  const passKeyBase64 = origin.keys.pass.privateBase64
  await load.call('prepareHolds', { redisUrl, room: festival.id, count, basket, passKeyBase64 })
  const readsOf = () => infoNumber(redis, 'stats', 'total_reads_processed')
  const before = await readsOf()
  const result = await load.call('run', {
    port: origin.port,
    connections: CONNECTIONS,
    seconds,
    warmSeconds: WARM_SECONDS,
    send: { kind: 'holds' },
    pids: { server: origin.pid, redis: redisPid },
  })
  const holds = Object.values(result.statuses).reduce((sum, times) => sum + times, 0)
  roundTrips.push({ value: ((await readsOf()) - before) / holds })
  return rateOf(result, [200])
}
