import { setTimeout as wait } from 'node:timers/promises'
import { ORIGINS_KEY } from '../../../shared/redis/keys.ts'
import type { BareCalls } from './bare-server.ts'
import type { CrowdCalls, FollowResult } from './crowd-load.ts'
import { gatewaysAnswer } from './poll.ts'
import { type Child, cpuSecondsOf, memoryOf, openFilesMax, startChild } from './processes.ts'
import type { Figure } from './report.ts'
import { fillLog, publishRoom, untilStatus } from './rooms.ts'
import { type BenchOptions, createSetup, type Setup } from './setup.ts'

const ROOM = 'bench-crowd'
const PATH = `/api/rooms/${ROOM}/status`
/** As many are called as enter, so that the queue moves and keeps its length. */
const RATE_PER_SECOND = 50
const GROW_MS = 100
const HEARTBEAT_MS = 1000
const LOADS = 2
/**
 * Files that a process has open in addition to its clients' connections: stores, logs, the connection to the origin.
 */
const FILES_SPARED = 300
/** After connecting, for the memory to be that of connections at rest. */
const SETTLE_MS = 2000

/** A full crowd in one room: the cost of polling per person, in processor time and in memory. */
export async function benchCrowd(options: BenchOptions, fans: number): Promise<Figure[]> {
  const setup = await createSetup(options, [ROOM], async (redis) => {
    await publishRoom(redis, ROOM, { ratePerSecond: RATE_PER_SECOND })
    await fillLog(redis, ROOM, fans)
  })
  const moving = moveLine(setup)
  const bare = startChild<BareCalls>('bare-server.ts', options.cores?.server)
  try {
    await untilStatus(setup.gateway.port, ROOM, ({ serving }) => serving >= 0)
    const barePort = await bare.call('serve', await gatewaysAnswer(setup, PATH))
    const connections = Math.min(fans, openFilesMax() - FILES_SPARED)
    const plan = { fans, connections, options }
    const beside = await play({ ...plan, port: barePort, pid: bare.pid })
    const gateway = await play({ ...plan, port: setup.gateway.port, pid: setup.gateway.pid })
    return statsOf(gateway, beside, { fans, connections })
  } finally {
    clearInterval(moving.growing)
    clearInterval(moving.beating)
    bare.stop()
    await setup.end()
  }
}

/** Newcomers enter as fast as others are called, and a healthy origin sends heartbeats. */
function moveLine({ redis }: Setup): { growing: NodeJS.Timeout; beating: NodeJS.Timeout } {
  const quietly = (work: Promise<unknown>) => void work.catch(() => {}) // what fails for good shows in the polls
  const heartbeat = () => quietly(redis.originHeartbeat(ORIGINS_KEY, 'bench', 1000))
  const grow = () => quietly(fillLog(redis, ROOM, (RATE_PER_SECOND * GROW_MS) / 1000))
  heartbeat()
  return { growing: setInterval(grow, GROW_MS), beating: setInterval(heartbeat, HEARTBEAT_MS) }
}

type Played = {
  restBytes: number
  connectedBytes: number
  peakBytes: number
  cpu: number
  results: readonly FollowResult[]
  seconds: number
}

async function play(plan: {
  fans: number
  connections: number
  options: BenchOptions
  port: number
  pid: number
}): Promise<Played> {
  const { fans, connections, options, port, pid } = plan
  const { seconds, cores } = options
  const loads = Array.from({ length: LOADS }, () => startChild<CrowdCalls>('crowd-load.ts', cores?.client))
  try {
    const restBytes = memoryOf(pid)?.nowBytes ?? Number.NaN
    const shareOf = (all: number, n: number) => Math.floor((all + LOADS - 1 - n) / LOADS)
    await Promise.all(
      loads.map((load, n) =>
        load.call('connect', { port, path: PATH, connections: shareOf(connections, n) }),
      ),
    )
    await wait(SETTLE_MS)
    const connectedBytes = memoryOf(pid)?.nowBytes ?? Number.NaN
    const cpuSeconds = cpuSecondsOf(pid) ?? Number.NaN
    const results = await Promise.all(
      loads.map((load, n) => load.call('follow', followOrder(n, fans, seconds))),
    )
    const cpu = ((cpuSecondsOf(pid) ?? Number.NaN) - cpuSeconds) / seconds
    const peakBytes = memoryOf(pid)?.peakBytes ?? Number.NaN
    return { restBytes, connectedBytes, peakBytes, cpu, results, seconds }
  } finally {
    for (const load of loads) load.stop()
  }
}

/** Every other position, so that all loads share the front. */
function followOrder(n: number, fans: number, seconds: number) {
  const positions = Array.from({ length: Math.ceil((fans - n) / LOADS) }, (_, i) => i * LOADS + n)
  return { path: PATH, seconds, positions } satisfies Parameters<Child<CrowdCalls>['call']>[1]
}

/** Makes a figure of the gateway. */
type Measure = (name: string, unit: string, of: (played: Played) => number, rest?: Partial<Figure>) => Figure

type Measures = {
  alone: Measure
  /** The same, with a bare server as the baseline. */
  compared: Measure
  crowd: { fans: number; connections: number }
}

function statsOf(gateway: Played, bare: Played, crowd: { fans: number; connections: number }): Figure[] {
  const alone: Measure = (name, unit, of, rest = {}) => ({
    name,
    unit,
    measured: [{ value: of(gateway), busy: busyOf(gateway) }],
    ...rest,
  })
  const compared: Measure = (name, unit, of, rest = {}) =>
    alone(name, unit, of, {
      baseline: { name: 'bare node:http', measured: [{ value: of(bare), busy: busyOf(bare) }] },
      ...rest,
    })
  const measures = { alone, compared, crowd }
  return [...processorStats(measures), ...pollStats(measures), ...memoryStats(measures), errorsOf(measures)]
}

function processorStats({ compared, crowd: { fans, connections } }: Measures): Figure[] {
  const shared =
    connections === fans
      ? 'each fan on a connection of their own'
      : `${fans} fans over ${connections} connections, as many as a process may have open here`
  return [
    compared('gateway CPU', 'of a core', ({ cpu }) => cpu, { note: `${fans} fans; ${shared}` }),
    compared(
      'CPU per 1,000 polls',
      'CPU s',
      (played) => (1000 * played.cpu * played.seconds) / sum((r) => r.polls)(played),
    ),
  ]
}

function pollStats({ alone, compared }: Measures): Figure[] {
  return [
    compared('polls', 'requests/s', (played) => sum((r) => r.polls)(played) / played.seconds),
    compared(
      'poll, p50',
      'ms',
      most((r) => r.p50Ms),
      { note: 'as the slower of the two load processes saw it' },
    ),
    compared(
      'poll, p99',
      'ms',
      most((r) => r.p99Ms),
      { note: 'likewise; the loads share a core with Redis' },
    ),
    alone(
      'share of 304',
      'of answers',
      (played) => sum((r) => r.unchanged)(played) / sum((r) => r.polls)(played),
      {
        note: 'the line moves with every tick of 250 ms, and nobody asks twice within one',
      },
    ),
  ]
}

function memoryStats({ compared, crowd: { fans, connections } }: Measures): Figure[] {
  return [
    compared('memory at rest', 'MiB', ({ restBytes }) => mebibytes(restBytes), {
      note: 'resident, before anyone came',
    }),
    compared('memory, all connected', 'MiB', ({ connectedBytes }) => mebibytes(connectedBytes)),
    compared('memory, at most', 'MiB', ({ peakBytes }) => mebibytes(peakBytes)),
    compared(
      'memory per idle connection',
      'bytes',
      ({ restBytes, connectedBytes }) => (connectedBytes - restBytes) / connections,
    ),
    compared(
      'memory per following fan',
      'bytes',
      ({ restBytes, peakBytes }) => (peakBytes - restBytes) / fans,
    ),
  ]
}

function errorsOf({ alone }: Measures): Figure {
  return alone(
    'errors',
    'answers',
    sum((r) => r.errors),
    { target: '0' },
  )
}

/** Adds up what all loads measured. */
function sum(of: (result: FollowResult) => number): (played: Played) => number {
  return ({ results }) => results.reduce((total, result) => total + of(result), 0)
}

/** The highest value that a load measured. */
function most(of: (result: FollowResult) => number): (played: Played) => number {
  return ({ results }) => Math.max(...results.map(of))
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20
}

function busyOf({ cpu, results }: Played) {
  const clients = results.map(({ busy }) => busy).filter((busy) => busy !== undefined)
  const client = clients.length === 0 ? undefined : clients.reduce((sum, busy) => sum + busy, 0)
  return { server: cpu, client, redis: undefined }
}
