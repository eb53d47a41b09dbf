import { setTimeout } from 'node:timers/promises'
import { ENTRY_REMEMBER_SECONDS } from '../../../gateway/room/enter-room.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { DirectCalls } from './direct.ts'
import { alternate, type Measured } from './measure.ts'
import { type Child, startChild } from './processes.ts'
import { type Figure, withCpuTime } from './report.ts'
import { commandCalls, infoNumber, publishRoom, untilStatus } from './rooms.ts'
import { type BenchOptions, CONNECTIONS, createSetup, rateOf, type Setup } from './setup.ts'

const ROOM = 'bench-enter'
const FULL_ROOM = 'bench-full'
const FULL_ENTRIES = 1_000_000
const FULL_CONCURRENCY = 1000
const FULL_REMEMBER_SECONDS = 1
const EXPIRY_TIMEOUT_MS = 120_000
/** Redis shrinks its own tables step by step. */
const SETTLE_MS = 3000
const FAR_MS = 4_102_444_800_000

/** Entering: how fast through HTTP, in how many round trips, and how much memory an entry takes in Redis. */
export async function benchEnter(options: BenchOptions): Promise<Figure[]> {
  const setup = await createSetup(options, [ROOM, FULL_ROOM], async (redis) => {
    // Lobbies: the rush before the opening, without calls.
    await publishRoom(redis, ROOM, { opensAt: FAR_MS - 1 })
    await publishRoom(redis, FULL_ROOM, { opensAt: FAR_MS - 1 })
  })
  const direct = startChild<DirectCalls>('direct.ts', options.cores?.server)
  try {
    await untilStatus(setup.gateway.port, ROOM, ({ phase }) => phase === 'lobby')
    const memory = await measureMemory(setup, direct)
    return [...(await measureRates(setup, direct, options)), memory]
  } finally {
    direct.stop()
    await setup.end()
  }
}

async function measureRates(
  setup: Setup,
  direct: Child<DirectCalls>,
  { seconds, runs }: BenchOptions,
): Promise<Figure[]> {
  const { redis, redisUrl, redisPid } = setup
  const rememberSeconds = ENTRY_REMEMBER_SECONDS
  const order = { redisUrl, redisPid, room: ROOM, concurrency: CONNECTIONS, rememberSeconds, seconds }
  const roundTrips: Measured[] = []
  const batches: Measured[] = []
  const contenders = {
    direct: () => direct.call('enter', order),
    http: async () => {
      const before = { reads: await readsOf(redis), ...(await commandCalls(redis)) }
      const result = await setup.run({ send: { kind: 'entries', room: ROOM } })
      const after = { ...(await commandCalls(redis)), reads: await readsOf(redis) }
      const entries = Object.values(result.statuses).reduce((sum, count) => sum + count, 0)
      const reads = after.reads - before.reads
      roundTrips.push({ value: reads / entries })
      batches.push({ value: (after.scripts - before.scripts) / reads })
      return rateOf(result, [201])
    },
  }
  await alternate(1, contenders) // not counted: code is compiled while it runs
  roundTrips.length = 0
  batches.length = 0
  const measured = await alternate(runs, contenders)
  const baseline = { name: 'enterRoom without HTTP', measured: measured.direct }
  return [
    ...withCpuTime({ name: 'enter', unit: 'entries/s', measured: measured.http, baseline }),
    {
      name: 'Redis round trips per entry',
      unit: 'reads',
      measured: roundTrips,
      target: '≤ 1',
      note: `INFO total_reads_processed over entries, the gateway's ticks and our own INFO included; ${CONNECTIONS} fans at a time`,
    },
    {
      name: 'scripts per round trip',
      unit: 'scripts',
      measured: batches,
      note: 'INFO commandstats evalsha over total_reads_processed: how many entries share a round trip',
    },
  ]
}

/** How often Redis read from a connection: a batch sent together is read once, or more often when it is long. */
function readsOf(redis: Redis): Promise<number> {
  return infoNumber(redis, 'stats', 'total_reads_processed')
}

async function measureMemory({ redis, redisUrl }: Setup, direct: Child<DirectCalls>): Promise<Figure> {
  const before = await infoNumber(redis, 'memory', 'used_memory')
  const startMs = performance.now()
  await direct.call('fill', {
    redisUrl,
    room: FULL_ROOM,
    concurrency: FULL_CONCURRENCY,
    rememberSeconds: FULL_REMEMBER_SECONDS,
    entries: FULL_ENTRIES,
  })
  const fillSeconds = (performance.now() - startMs) / 1000
  await untilExpired(redis)
  const bytes = (await infoNumber(redis, 'memory', 'used_memory')) - before
  return {
    name: 'Redis memory per entry',
    unit: 'bytes',
    measured: [{ value: bytes / FULL_ENTRIES }],
    target: '≤ 40',
    note: `used_memory, ${FULL_ENTRIES} calls of enterRoom in ${fillSeconds.toFixed(0)} s, when their retry records had expired`,
  }
}

async function untilExpired(redis: Redis): Promise<void> {
  const deadlineMs = performance.now() + EXPIRY_TIMEOUT_MS
  while (performance.now() < deadlineMs) {
    // A few keys of a running gateway always expire: it checks whether Redis accepts writes.
    if (/^db0:.*expires=\d\b/m.test(await redis.info('keyspace'))) return setTimeout(SETTLE_MS)
    await setTimeout(200)
  }
  throw new Error('The retry records do not expire')
}
