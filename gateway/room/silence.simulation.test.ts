import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis, type Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { publishTestRoom } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { admitOnce, claimByArrival } from '../testing/room.ts'
import { leavePass, leaveRoom } from './leave.ts'

const clockKey = `test-clock-${randomBytes(6).toString('hex')}`
const START_MS = 1_900_000_000_000
const TICK_MS = 250
const MINUTE_MS = 60_000
const ENTRIES = 40_000

const RATE_PER_SECOND = 100
const MAX_ACTIVE = 100
const GRACE_SECONDS = 60
/** A fan stays admitted for about a minute, so that the slots allow 100 a minute, far below the rate. */
const STAY_MS = { min: 30_000, max: 90_000 }
const RETRY_MS = 1000
/** Twice the grace: the share is learned from calls whose grace has passed. */
const WARM_MS = 2 * GRACE_SECONDS * 1000
const MEASURED_MS = 8 * MINUTE_MS
/** Simulated time costs real time on a busy host. */
const SIMULATION_TIMEOUT_MS = 120_000

let redis: Redis

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  redis = createRedis({ url: redisUrl(), name: 'test', log, clockKey })
  await redis.connect()
})

afterAll(() => redis.disconnect())

/** A small generator of numbers in [0, 1), the same every time (mulberry32, Tommy Ettinger, 2017). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Sale = {
  /** Whether no entry is behind the place at this position. */
  isSilent: (position: number) => boolean
  /** How long a fan takes to claim once called. */
  claimMs: { min: number; max: number }
}

type Outcome = {
  /** Passes in each of the first minutes. */
  warmMinutes: number[]
  /** Passes per minute after the warm-up. */
  perMinute: number
  /** The most called fans who found no free slot at one time. */
  keptMax: number
  liveMax: number
}

/** Runs a sale with an endless queue in simulated time: fans are called, come or not, stay a while, and leave. */
async function play(sale: Sale): Promise<Outcome> {
  const random = createRandom(20_261_122)
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
  await redis.set(clockKey, START_MS)
  const room = await publishTestRoom(redis, {
    settings: {
      ratePerSecond: RATE_PER_SECOND,
      maxActive: MAX_ACTIVE,
      graceSeconds: GRACE_SECONDS,
      passSeconds: 600,
    },
    types: [{ type: 1, quantity: 1_000_000 }],
  })
  await redis.append(roomKeys(room).entries, randomBytes(16 * ENTRIES))
  /** By the tick in which it is due. */
  const due = new Map<number, (() => Promise<void>)[]>()
  const at = (milliseconds: number, work: () => Promise<void>) => {
    const tick = Math.ceil(milliseconds / TICK_MS)
    due.set(tick, [...(due.get(tick) ?? []), work])
  }
  const passesAtMs: number[] = []
  let serving = -1
  let liveMax = 0
  let keptMax = 0

  async function claim(position: number, nowMs: number): Promise<void> {
    const account = `account-${position}`
    const result = await claimByArrival(redis, { room, position, account })
    if (result.status === 'retained') at(nowMs + RETRY_MS, () => claim(position, nowMs + RETRY_MS))
    if (result.status !== 'pass') return
    passesAtMs.push(nowMs)
    const { passId } = result
    at(nowMs + between(STAY_MS), async () => {
      await leavePass(redis, { room, account, passId })
    })
  }

  for (let nowMs = 0; nowMs <= WARM_MS + MEASURED_MS; nowMs += TICK_MS) {
    const works = due.get(nowMs / TICK_MS) ?? []
    due.delete(nowMs / TICK_MS)
    // Issued in one turn of the event loop, these share a round trip and keep their order.
    const set = redis.set(clockKey, START_MS + nowMs)
    const worked = works.map((work) => work())
    const [state, stored] = await Promise.all([admitOnce(redis, room), redis.zcard(roomKeys(room).turns)])
    await Promise.all([set, ...worked])
    for (let position = serving + 1; position <= state.serving; position += 1) {
      if (sale.isSilent(position)) continue
      const claimAtMs = nowMs + between(sale.claimMs)
      at(claimAtMs, () => claim(position, Math.ceil(claimAtMs / TICK_MS) * TICK_MS))
    }
    serving = state.serving
    liveMax = Math.max(liveMax, state.livePasses)
    keptMax = Math.max(keptMax, stored)
  }
  expect(serving).toBeLessThan(ENTRIES - 1)
  const passesIn = (fromMs: number, toMs: number) =>
    passesAtMs.filter((ms) => ms >= fromMs && ms < toMs).length
  return {
    warmMinutes: Array.from({ length: WARM_MS / MINUTE_MS }, (_, minute) =>
      passesIn(minute * MINUTE_MS, (minute + 1) * MINUTE_MS),
    ),
    perMinute: passesIn(WARM_MS, WARM_MS + MEASURED_MS) / (MEASURED_MS / MINUTE_MS),
    keptMax,
    liveMax,
  }
}

/** Each entry is silent or not by an independent coin toss, so that the queue is the same whatever the fans do. */
const silentFor = (share: number) => {
  const coin = createRandom(7)
  const coins = Array.from({ length: ENTRIES }, coin)
  return (position: number) => (coins[position] ?? 1) < share
}

describe('a queue with silent entries', { timeout: SIMULATION_TIMEOUT_MS }, () => {
  /** A page that follows the queue claims by itself. */
  const prompt = { min: 500, max: 4000 }

  it('admits within 15 % as many fans a minute when nine in ten are silent as when none is', async () => {
    const none = await play({ isSilent: () => false, claimMs: prompt })
    const most = await play({ isSilent: silentFor(0.9), claimMs: prompt })
    expect(Math.abs(most.perMinute - none.perMinute)).toBeLessThanOrEqual(0.15 * none.perMinute)
    // The slots are the limit: a fan holds one for a minute, and few more seconds until it is taken.
    expect(none.perMinute).toBeGreaterThan(0.9 * MAX_ACTIVE)
    for (const { liveMax } of [none, most]) expect(liveMax).toBeLessThanOrEqual(MAX_ACTIVE)
    // The share is unknown until the first grace has ended, which costs at most part of that minute.
    expect(most.warmMinutes[0]).toBeGreaterThan(0.4 * MAX_ACTIVE)
    expect(most.warmMinutes[1]).toBeGreaterThan(0.7 * MAX_ACTIVE)
  })

  it('calls few more fans than there are slots, although fans use all of the grace to come', async () => {
    const slow = { min: 500, max: 0.9 * GRACE_SECONDS * 1000 }
    const { keptMax, liveMax } = await play({ isSilent: silentFor(0.5), claimMs: slow })
    expect(keptMax).toBeLessThanOrEqual(MAX_ACTIVE / 2)
    expect(liveMax).toBeLessThanOrEqual(MAX_ACTIVE)
  })

  it('delays no fan behind a silent head: the next tick calls the next', async () => {
    await redis.set(clockKey, START_MS)
    const settings = { ratePerSecond: 4, maxActive: 1000, graceSeconds: GRACE_SECONDS }
    const room = await publishTestRoom(redis, { settings })
    await redis.append(roomKeys(room).entries, randomBytes(16 * 100))
    const called: number[] = []
    for (let tick = 0; tick < 40; tick += 1) {
      await redis.set(clockKey, START_MS + tick * TICK_MS)
      called.push((await admitOnce(redis, room)).serving)
    }
    // No fan comes, and each tick still calls one.
    expect(called).toEqual(Array.from({ length: 40 }, (_, tick) => tick))
  })

  it('does not count places that were left before their turn as fans who came', async () => {
    await redis.set(clockKey, START_MS)
    const settings = { ratePerSecond: 1000, maxActive: 100, graceSeconds: GRACE_SECONDS }
    const room = await publishTestRoom(redis, { settings })
    await redis.append(roomKeys(room).entries, randomBytes(16 * 2000))
    await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        leaveRoom(redis, { room, index: 2 * i + 1, position: 2 * i + 1, account: undefined }),
      ),
    )
    let nowMs = START_MS
    for (; nowMs < START_MS + 2.5 * GRACE_SECONDS * 1000; nowMs += TICK_MS) {
      await redis.set(clockKey, nowMs)
      await admitOnce(redis, room)
    }
    // All the others were silent. Had those who left counted as come, half of the calls would be expected.
    const { called = '0', claimed = '0' } = await redis.hgetall(roomKeys(room).admission)
    expect(Number(called)).toBeGreaterThan(100)
    expect(Number(claimed)).toBe(0)
  })
})
