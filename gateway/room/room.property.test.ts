import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import { createRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, type TestSettings } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { claimPass } from './claim-pass.ts'
import { leavePass, leaveRoom } from './leave.ts'
import { admitOnce, enterMany } from './testing.ts'

const clockKey = `test-clock-${randomBytes(6).toString('hex')}`
const START_MS = 1_900_000_000_000
const RATE_MAX = 20
const STEPS_MAX = 80

let redis: Redis

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  redis = createRedis({ url: redisUrl(), name: 'test', log, clockKey })
  await redis.connect()
})

afterAll(() => redis.disconnect())

/** What a room should be, told by someone who saw every step: time, calls, passes and who is where. */
type Model = {
  room: string
  now: number
  version: number
  settings: Required<Pick<TestSettings, 'ratePerSecond' | 'maxActive' | 'paused'>>
  entries: number
  serving: number
  left: Set<number>
  claimed: Set<number>
  /** Called, and neither claimed, kept, given up nor lapsed. */
  open: Set<number>
  /** When each position was called. */
  calledAt: Map<number, number>
  passes: Map<string, { id: string; expires: number }>
}

const GRACE_SECONDS = 20
const PASS_SECONDS = 40

type Step = { name: string; run: (model: Model) => Promise<void> }

const publish = (model: Model) =>
  publishTestRoom(redis, {
    room: model.room,
    settings: {
      ...model.settings,
      version: model.version,
      graceSeconds: GRACE_SECONDS,
      passSeconds: PASS_SECONDS,
    },
  })

/** A place that most often has been called, and sometimes waits just behind those. */
type Someone = { back: number }
const someone: fc.Arbitrary<Someone> = fc.record({ back: fc.integer({ min: -3, max: 12 }) })
const positionOf = (model: Model, { back }: Someone) => Math.max(model.serving - back, 0)

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map(enter) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3000 }).map(tick) },
  { weight: 12, arbitrary: someone.map(claim) },
  { weight: 3, arbitrary: someone.map(leave) },
  { weight: 3, arbitrary: someone.map(endPass) },
  { weight: 1, arbitrary: fc.integer({ min: 15_000, max: 60_000 }).map(tick) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        ratePerSecond: fc.integer({ min: 1, max: RATE_MAX }),
        maxActive: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1000)),
        paused: fc.constantFrom(0, 0, 0, 1),
      })
      .map(change),
  },
)

function enter(count: number): Step {
  return {
    name: `enter ${count}`,
    async run(model) {
      await enterMany(redis, model.room, count)
      model.entries += count
    },
  }
}

/** Time passes, and a gateway decides. */
function tick(milliseconds: number): Step {
  return {
    name: `tick ${milliseconds}`,
    async run(model) {
      model.now += milliseconds
      await redis.set(clockKey, model.now)
      const before = model.serving
      const state = await admitOnce(redis, model.room)
      expect(state.serving).toBeGreaterThanOrEqual(before)
      expect(state.serving).toBeLessThan(state.entries)
      if (model.settings.paused === 1) expect(state.serving).toBe(before)
      for (let position = before + 1; position <= state.serving; position += 1) {
        if (model.left.has(position)) continue
        model.calledAt.set(position, model.now)
        model.open.add(position)
      }
      for (const position of model.open) {
        const slot = Math.ceil((model.calledAt.get(position) ?? 0) / 250) * 250
        if (slot + GRACE_SECONDS * 1000 <= model.now) model.open.delete(position)
      }
      model.serving = state.serving
      expect(state.livePasses).toBe(livePasses(model))
    },
  }
}

function claim(who: Someone): Step {
  return {
    name: `claim ${who.back} behind the last called`,
    async run(model) {
      const position = positionOf(model, who)
      if (position >= model.entries) return
      const account = `account-${position}`
      const result = await claimPass(redis, { room: model.room, position, account })
      const pass = model.passes.get(account)
      const waits = position > model.serving && !model.left.has(position)
      expect(result.status === 'waiting').toBe(waits)
      if (result.status === 'kept' || result.status === 'pass') model.open.delete(position)
      if (result.status !== 'pass') return
      const again = pass !== undefined && pass.expires > model.now
      // Invariant 7: only who was called; the place is given once.
      expect(model.calledAt.has(position)).toBe(true)
      expect(model.claimed.has(position)).toBe(again)
      expect(again ? pass.id : result.passId).toBe(result.passId)
      model.claimed.add(position)
      model.passes.set(account, { id: result.passId, expires: result.expiresAt.getTime() })
      // Invariant 5: a new pass never goes over the limit, whatever the limit was before.
      if (!again) expect(livePasses(model)).toBeLessThanOrEqual(model.settings.maxActive)
    },
  }
}

function leave(who: Someone): Step {
  return {
    name: `leave ${who.back} behind the last called`,
    async run(model) {
      const position = positionOf(model, who)
      const { status } = await leaveRoom(redis, model.room, position)
      if (position >= model.entries || model.claimed.has(position) || model.left.has(position)) {
        expect(status).toBe('used')
      }
      if (status !== 'left') return
      model.left.add(position)
      model.open.delete(position)
    },
  }
}

function endPass(who: Someone): Step {
  return {
    name: `end the pass ${who.back} behind the last called`,
    async run(model) {
      const account = `account-${positionOf(model, who)}`
      const passId = model.passes.get(account)?.id ?? 'none'
      await leavePass(redis, { room: model.room, account, passId })
      model.passes.delete(account)
    },
  }
}

function change(settings: Model['settings']): Step {
  return {
    name: `change ${JSON.stringify(settings)}`,
    async run(model) {
      model.settings = settings
      model.version += 1
      await publish(model)
    },
  }
}

function livePasses(model: Model): number {
  return [...model.passes.values()].filter(({ expires }) => expires > model.now).length
}

/** Invariants 5 to 7, and that the books of called and silent fans add up. */
async function check(model: Model): Promise<void> {
  const keys = roomKeys(model.room)
  const { total = '0', ...slots } = await redis.hgetall(keys.unresolved)
  const open = Object.values(slots).map(Number)
  expect(open.every((count) => count > 0)).toBe(true)
  expect(open.reduce((sum, count) => sum + count, 0)).toBe(Number(total))
  expect(Number(total)).toBe(model.open.size)
  const kept = await redis.zrange(keys.turns, '0', '-1')
  for (const position of kept.map(Number)) {
    expect(position).toBeLessThanOrEqual(model.serving)
    expect(model.claimed.has(position)).toBe(false)
  }
  expect(await redis.bitcount(keys.claimed)).toBe(model.claimed.size + model.left.size)
  checkRate([...model.calledAt.values()])
}

/** In no window are more called than the bucket holds and the highest rate fills in that time. */
function checkRate(times: readonly number[]): void {
  for (const [i, from] of times.entries()) {
    for (let j = i; j < times.length; j += 1) {
      const seconds = ((times[j] ?? from) - from) / 1000
      expect(j - i + 1).toBeLessThanOrEqual(RATE_MAX + RATE_MAX * seconds + 1e-6)
    }
  }
}

it('keeps its invariants whatever happens in whatever order, at any pace of the clock', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: STEPS_MAX }), async (run) => {
      const model: Model = {
        room: `test-${randomBytes(8).toString('hex')}`,
        now: START_MS,
        version: 1,
        settings: { ratePerSecond: 10, maxActive: 5, paused: 0 },
        entries: 0,
        serving: -1,
        left: new Set(),
        claimed: new Set(),
        open: new Set(),
        calledAt: new Map(),
        passes: new Map(),
      }
      await redis.set(clockKey, model.now)
      await publish(model)
      await enter(60).run(model)
      for (const { run: step } of run) {
        await step(model)
        await check(model)
      }
    }),
    // The same runs every time; another seed searches elsewhere.
    { numRuns: 300, seed: 20_261_122 },
  )
})
