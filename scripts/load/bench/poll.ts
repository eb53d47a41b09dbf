import { setTimeout } from 'node:timers/promises'
import type { BareAnswer, BareCalls } from './bare-server.ts'
import { alternate } from './measure.ts'
import { type Child, startChild } from './processes.ts'
import { type Figure, withCpuTime } from './report.ts'
import { commandCalls, fillLog, publishRoom, untilStatus } from './rooms.ts'
import { type BenchOptions, createSetup, rateOf, type Setup } from './setup.ts'

const SIZES = [1000, 100_000, 1_000_000]
const MIDDLE = 100_000
/** A tick of the snapshots may fall on either edge of a measurement. */
const TICKS_SLACK = 10
/** A fan enters this often, so that every tick has a new document. */
const GROW_MS = 100
const FAR_MS = 4_102_444_800_000
const HOP_HEADERS = ['date', 'connection', 'keep-alive']

/** The status document: throughput, independence of Redis, and whether a full room makes it slower. */
export async function benchPoll(options: BenchOptions): Promise<Figure[]> {
  const setup = await createSetup(options, SIZES.map(roomOf), async (redis) => {
    for (const size of SIZES) {
      // A lobby has no calls, so a tick costs Redis the same commands each time.
      await publishRoom(redis, roomOf(size), { opensAt: FAR_MS - 1 })
      await fillLog(redis, roomOf(size), size)
    }
  })
  const bare = startChild<BareCalls>('bare-server.ts', options.cores?.server)
  try {
    for (const size of SIZES) {
      await untilStatus(setup.gateway.port, roomOf(size), ({ entries }) => entries === size)
    }
    const commands = await measureCommands(setup, options)
    return [...(await measureRates(setup, bare, options)), commands]
  } finally {
    bare.stop()
    await setup.end()
  }
}

const roomOf = (size: number) => `bench-${size}`
const pathOf = (size: number) => `/api/rooms/${roomOf(size)}/status`

async function measureRates(setup: Setup, bare: Child<BareCalls>, { runs }: BenchOptions): Promise<Figure[]> {
  const answer = await gatewaysAnswer(setup, pathOf(MIDDLE))
  const barePort = await bare.call('serve', answer)
  const unchanged = await bare.call('serve', { ...answer, status: 304, body: '' })
  const growing = growEverySoOften(setup)
  const polls = (path: string, revalidate = false) => ({ send: { kind: 'polls' as const, path, revalidate } })
  const shares: number[] = []
  const contenders = {
    first: async () => rateOf(await setup.run(polls(pathOf(SIZES[0] ?? 0))), [200]),
    last: async () => rateOf(await setup.run(polls(pathOf(SIZES.at(-1) ?? 0))), [200]),
    bare: async () => rateOf(await setup.run({ port: barePort, ...polls('/') }, bare.pid), [200]),
    middle: async () => rateOf(await setup.run(polls(pathOf(MIDDLE))), [200]),
    // The listener's fast path ignores URLs with a query, so this goes through Hono.
    app: async () => rateOf(await setup.run(polls(`${pathOf(MIDDLE)}?`)), [200]),
    bareUnchanged: async () => rateOf(await setup.run({ port: unchanged, ...polls('/') }, bare.pid), [304]),
    unchanged: async () => {
      const result = await setup.run(polls(pathOf(MIDDLE), true))
      const { 200: full = 0, 304: short = 0 } = result.statuses
      shares.push(short / (full + short))
      return rateOf(result, [200, 304])
    },
  }
  try {
    await alternate(1, contenders) // not counted: code is compiled while it runs
    shares.length = 0
    const measured = await alternate(runs, contenders)
    const baseline = { name: 'bare node:http', measured: measured.bare }
    const unit = 'requests/s'
    const rate = (name: string, contender: 'first' | 'middle' | 'last' | 'app', target?: string): Figure => ({
      name,
      unit,
      measured: measured[contender],
      baseline,
      ...(target === undefined ? {} : { target }),
    })
    return [
      ...withCpuTime(rate('poll', 'middle', 'ratio ≥ 0.90')),
      ...withCpuTime(rate('poll through Hono', 'app')),
      ...withCpuTime(rate('poll, 1,000 entries', 'first', 'flat')),
      ...withCpuTime(rate('poll, 100,000 entries', 'middle', 'flat')),
      ...withCpuTime(rate('poll, 1,000,000 entries', 'last', 'flat')),
      ...withCpuTime({
        name: 'poll with If-None-Match',
        unit,
        measured: measured.unchanged,
        baseline: { name: 'bare node:http, 304 only', measured: measured.bareUnchanged },
      }),
      {
        name: 'share of 304',
        unit: 'of answers',
        measured: shares.map((value) => ({ value })),
        note: 'each connection sends the last ETag it saw; the document changes with every tick of 250 ms',
      },
    ]
  } finally {
    await growing.stop()
  }
}

/** Commands that Redis ran while the gateway was polled, minus those of the ticks in that time, per poll. */
async function measureCommands(setup: Setup, { seconds, runs }: BenchOptions): Promise<Figure> {
  const idleMs = performance.now()
  const idleFrom = await commandCalls(setup.redis)
  await setTimeout(seconds * 1000)
  const idleTo = await commandCalls(setup.redis)
  const perTick = (idleTo.total - idleFrom.total) / (idleTo.scripts - idleFrom.scripts)
  const ticksPerMs = (idleTo.scripts - idleFrom.scripts) / (performance.now() - idleMs)
  const measured: { value: number }[] = []
  for (let run = 0; run < runs; run += 1) {
    const startMs = performance.now()
    const from = await commandCalls(setup.redis)
    const { statuses } = await setup.run({ send: { kind: 'polls', path: pathOf(MIDDLE), revalidate: false } })
    const to = await commandCalls(setup.redis)
    const ticksMax = Math.ceil((performance.now() - startMs) * ticksPerMs) + TICKS_SLACK
    // Scripts beyond those that the ticks explain would be the polls' own.
    const ticks = Math.min(to.scripts - from.scripts, ticksMax)
    const polls = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    measured.push({ value: (to.total - from.total - ticks * perTick) / polls })
  }
  return {
    name: 'Redis commands per poll',
    unit: 'commands',
    measured,
    target: '0',
    note: `INFO commandstats, less the ticks, of ${perTick} commands a script`,
  }
}

/** The gateway's response to a poll, to be sent by a server that does nothing else. */
export async function gatewaysAnswer({ gateway }: Setup, path: string): Promise<BareAnswer> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`)
  const headers = [...response.headers].filter(([name]) => !HOP_HEADERS.includes(name)).flat()
  return { status: response.status, headers, body: await response.text() }
}

function growEverySoOften({ redis }: Setup) {
  const stopping = new AbortController()
  const grown = (async () => {
    while (!stopping.signal.aborted) {
      for (const size of SIZES) await fillLog(redis, roomOf(size), 1)
      await setTimeout(GROW_MS)
    }
  })()
  return {
    stop() {
      stopping.abort()
      return grown
    },
  }
}
