import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../drizzle/database.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { buildPrograms } from '../../develop/start/programs.ts'
import { startDatabase } from '../../develop/stores/database.ts'
import { makePrivateFolder } from '../../develop/stores/private-folder.ts'
import { startRedis } from '../../develop/stores/redis.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { startTestSystem, type TestSystem } from '../../tests/e2e/system.ts'
import type { ControlCalls, ControlSample } from './control-load.ts'
import { bindToCore, type Child, cpuSecondsOf, startChild } from './processes.ts'
import type { Figure } from './report.ts'
import { untilStatus } from './rooms.ts'
import type { BenchOptions } from './setup.ts'

/** Far more than any origin of this size can serve. */
const RATE_PER_SECOND = 2000
const MAX_ACTIVE = 300
const FANS = 900
const CHANGES = 40
const UNITS = 40_000
const ACCOUNT_LIMIT = 1000
/** The part of each period for which the origin is stopped while it is slowed down. */
const STOPPED_MS = 70
const PERIOD_MS = 100
const METRICS_MS_MAX = 400
/** Phases, as shares of the given seconds: settling, steady, slowed down, released. */
const PHASES = { settling: 2, before: 1, during: 1, after: 2 } as const

type Phase = keyof typeof PHASES
type Row = ControlSample & {
  second: number
  phase: Phase
  cpu: number
  loop: number
  health: number
  called: number
}

/**
 * A sale with a rate set far too high and an endless queue: how many fans the origin's health admits, and how that
 * changes while the origin is slowed down by force. `write` receives a line for each second.
 */
export async function benchControl(
  { seconds, cores, env }: BenchOptions,
  write: (line: string) => void,
): Promise<Figure[]> {
  const [store, database] = await Promise.all([startRedis({ env }), startDatabase({ env, durable: false })])
  const redis = createRedis({ url: store.url, name: 'bench', log: createLogger('bench', 'warn') })
  const programs = makePrivateFolder()
  let system: TestSystem | undefined
  const load = startChild<ControlCalls>('control-load.ts', cores?.client)
  try {
    await redis.connect()
    await buildPrograms(programs)
    system = await startTestSystem({ redisUrl: store.url, databaseUrl: database.url, programs })
    if (cores !== undefined) bindToCore(system.originPid(), cores.server)
    await startDemand(system, load)
    const rows = await watch({ system, redis, load, seconds, write })
    return statsOf(rows)
  } finally {
    load.stop()
    redis.disconnect()
    await system?.stop()
    await Promise.all([store.stop(), database.stop()])
    rmSync(programs, { recursive: true })
  }
}

const ROOM = 'bench-control'

async function startDemand(system: TestSystem, load: Child<ControlCalls>): Promise<void> {
  const sale = festivalOnSale(ROOM, Date.now(), {
    units: UNITS,
    ratePerSecond: RATE_PER_SECOND,
    maxActive: MAX_ACTIVE,
  })
  const ticketTypes = sale.ticketTypes.map((type) => ({ ...type, accountLimit: ACCOUNT_LIMIT }))
  const { db, gatewayUrl, originUrl, sessionKeyBase64 } = system
  await makeFestival({ db, now: Date.now }, { ...sale, ticketTypes })
  await untilStatus(Number(new URL(gatewayUrl).port), ROOM, ({ phase }) => phase === 'open')
  const catalogue = await fetch(`${gatewayUrl}/api/festivals/${ROOM}`)
  const festival = (await catalogue.json()) as { ticketTypes: { id: number }[] }
  await load.call('start', {
    gatewayUrl,
    originUrl,
    room: ROOM,
    ticketType: festival.ticketTypes[0]?.id ?? 0,
    sessionKeyBase64,
    accounts: await makeAccounts(db),
    changes: CHANGES,
  })
}

/** Without passwords, which are not used: hashing them would be most of the work. */
async function makeAccounts(db: Database): Promise<string[]> {
  const rows = Array.from({ length: FANS }, () => ({
    id: uuidv7(),
    email: `${randomUUID()}@naru.test`,
    name: 'Fan',
    passwordHash: 'none',
    roles: ['fan'],
    createdAt: new Date(),
  }))
  await db.insert(accounts).values(rows)
  return rows.map(({ id }) => id)
}

async function watch(options: {
  system: TestSystem
  redis: Redis
  load: Child<ControlCalls>
  seconds: number
  write: (line: string) => void
}): Promise<Row[]> {
  const { system, redis, load, seconds, write } = options
  const pid = system.originPid()
  const rows: Row[] = []
  write(HEADINGS)
  let cpuSeconds = cpuSecondsOf(pid) ?? Number.NaN
  let serving = await servingOf(redis)
  let atMs = performance.now()
  for (const [phase, length] of Object.entries(PHASES) as [Phase, number][]) {
    const slowing = phase === 'during' ? slowDown(pid) : undefined
    try {
      for (let second = 0; second < length * seconds; second += 1) {
        await wait(1000)
        const [sample, nowServing, health, loop] = await Promise.all([
          load.call('read', undefined),
          servingOf(redis),
          healthOf(redis),
          loopBusyOf(system),
        ])
        const nowMs = performance.now()
        const nowCpuSeconds = cpuSecondsOf(pid) ?? Number.NaN
        const elapsed = (nowMs - atMs) / 1000
        const row = {
          ...sample,
          second: rows.length + 1,
          phase,
          health,
          loop,
          cpu: (nowCpuSeconds - cpuSeconds) / elapsed,
          called: (nowServing - serving) / elapsed,
        }
        rows.push(row)
        write(toRow(row))
        ;[atMs, cpuSeconds, serving] = [nowMs, nowCpuSeconds, nowServing]
      }
    } finally {
      slowing?.stop()
    }
  }
  await load.call('stop', undefined)
  return rows
}

async function servingOf(redis: Redis): Promise<number> {
  return Number((await redis.hget(roomKeys(ROOM).admission, 'serving')) ?? -1)
}

/** As measured by the origin for its last heartbeat. */
async function loopBusyOf({ originMetricsUrl }: TestSystem): Promise<number> {
  try {
    const response = await fetch(originMetricsUrl, { signal: AbortSignal.timeout(METRICS_MS_MAX) })
    return Number(/^naru_origin_loop_busy_share\S* (\S+)$/m.exec(await response.text())?.[1])
  } catch {
    return Number.NaN // too slow to tell
  }
}

async function healthOf(redis: Redis): Promise<number> {
  const [heartbeat] = Object.values(await redis.hgetall(ORIGINS_KEY))
  return heartbeat === undefined ? 0 : (JSON.parse(heartbeat) as { health: number }).health / 1000
}

/** Stops a process for most of every period, like a noisy neighbour or a slow host would. */
function slowDown(pid: number): { stop(): void } {
  let resuming: NodeJS.Timeout | undefined
  const stopping = setInterval(() => {
    process.kill(pid, 'SIGSTOP')
    resuming = setTimeout(() => process.kill(pid, 'SIGCONT'), STOPPED_MS)
  }, PERIOD_MS)
  return {
    stop() {
      clearInterval(stopping)
      clearTimeout(resuming)
      process.kill(pid, 'SIGCONT')
    },
  }
}

const HEADINGS =
  '\n  second  phase     origin CPU  loop busy  health  called/s  claims/s  orders/s  step p95  errors'

function toRow({ second, phase, cpu, loop, health, called, claims, orders, stepP95Ms, errors }: Row): string {
  return [
    `  ${String(second).padStart(6)}`,
    phase.padEnd(8),
    `${Math.round(cpu * 100)} %`.padStart(10),
    `${Number.isNaN(loop) ? '?' : Math.round(loop * 100)} %`.padStart(9),
    health.toFixed(3).padStart(6),
    called.toFixed(0).padStart(8),
    String(claims).padStart(8),
    String(orders).padStart(8),
    `${stepP95Ms?.toFixed(0) ?? '–'} ms`.padStart(8),
    String(errors).padStart(6),
  ].join('  ')
}

function statsOf(rows: readonly Row[]): Figure[] {
  const of = (phase: Phase) => rows.filter((row) => row.phase === phase)
  const rateOf = (some: readonly Row[]) => some.reduce((sum, { claims }) => sum + claims, 0) / some.length
  const settled = of('after').slice(of('after').length / 2)
  const before = rateOf(of('before'))
  const figure = (name: string, unit: string, value: number, rest: Partial<Figure> = {}): Figure => ({
    name,
    unit,
    measured: [{ value }],
    ...rest,
  })
  const beside = { name: 'before', measured: [{ value: before }] }
  const steady = [...of('before'), ...settled]
  return [
    figure('let in, before', 'fans/s', before, { note: `the rate is set to ${RATE_PER_SECOND} a second` }),
    figure('let in, slowed down', 'fans/s', rateOf(of('during')), {
      baseline: beside,
      note: `the origin is stopped ${STOPPED_MS} ms of every ${PERIOD_MS}`,
    }),
    figure('let in, after', 'fans/s', rateOf(settled), { baseline: beside, target: 'ratio about 1' }),
    figure(
      'until the calls fall below half',
      's',
      secondsUntil(of('during'), (called) => called < before / 2),
    ),
    figure(
      'until the calls are back at 80 %',
      's',
      secondsUntil(of('after'), (called) => called >= 0.8 * before),
    ),
    figure('origin CPU, mean', 'of a core', steady.reduce((sum, { cpu }) => sum + cpu, 0) / steady.length, {
      target: '< 0.80',
      note: 'once settled, outside the slowdown and the recovery from it',
    }),
    figure('origin CPU, highest second', 'of a core', Math.max(...steady.map(({ cpu }) => cpu)), {
      note: 'likewise',
    }),
    figure(
      'answers that were errors',
      'answers',
      rows.reduce((sum, { errors }) => sum + errors, 0),
      {
        target: '0',
      },
    ),
  ]
}

/** By the mean of three seconds, since slots become free in bursts. Infinite when it was never reached. */
function secondsUntil(rows: readonly Row[], is: (called: number) => boolean): number {
  const at = rows.findIndex((_, i) => {
    const latest = rows.slice(Math.max(i - 2, 0), i + 1)
    return is(latest.reduce((sum, { called }) => sum + called, 0) / latest.length)
  })
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1
}
