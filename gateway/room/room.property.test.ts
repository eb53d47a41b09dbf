import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedis, type Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { makeTestClock, publishTestRoom } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { admitOnce, byArrival, claimByArrival, enterMany } from '../testing/room.ts'
import {
  inspect,
  livePasses,
  type Model,
  newModel,
  rebind,
  unbind,
  waitingElsewhere,
} from '../testing/room-model.ts'
import { bindPlace } from './bind-place.ts'
import type { ClaimResult } from './claim-pass.ts'
import { leavePass, leaveRoom } from './leave.ts'

const clock = makeTestClock()
const START_MS = 1_900_000_000_000
const RATE_MAX = 20
const STEPS_MAX = 80
const TIMEOUT_MS = 120_000

let redis: Redis

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  redis = createRedis({ url: redisUrl(), name: 'test', log, clockKey: clock.key })
  await redis.connect()
})

afterAll(() => redis.disconnect())

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

/** A place that usually has been called, and sometimes waits just behind those. */
type Someone = { back: number }
const someone: fc.Arbitrary<Someone> = fc.record({ back: fc.integer({ min: -3, max: 12 }) })
const positionOf = (model: Model, { back }: Someone) => Math.max(model.serving - back, 0)

/** The claimant of a place: usually its fan, sometimes one of a few who try many places. */
type Visitor = Someone & { visitor: number | undefined }
const visitor: fc.Arbitrary<Visitor> = fc.record({
  back: fc.integer({ min: -3, max: 12 }),
  visitor: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 2 }),
})
const accountOf = (model: Model, who: Visitor) =>
  who.visitor === undefined ? `fan-${positionOf(model, who)}` : `visitor-${who.visitor}`
const nameOf = ({ back, visitor }: Visitor) =>
  `${visitor === undefined ? 'its fan' : `visitor ${visitor}`} ${back} behind the last called`

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }).map(enter) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3000 }).map(tick) },
  { weight: 12, arbitrary: visitor.map(claim) },
  { weight: 4, arbitrary: visitor.map(bind) },
  { weight: 3, arbitrary: visitor.map(leave) },
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
      await clock.set(redis, model.room, model.now)
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

function claim(who: Visitor): Step {
  return {
    name: `claim by ${nameOf(who)}`,
    async run(model) {
      const position = positionOf(model, who)
      if (position >= model.entries) return
      const account = accountOf(model, who)
      const before = inspect(model, account, position)
      const result = await claimByArrival(redis, { room: model.room, position, account })
      expectForeseen(result, before)
      if (result.status === 'missed' || result.status === 'used') unbind(model, position, account)
      if (result.status === 'retained') model.retainedUntil.set(position, result.turnEndsAt.getTime())
      if (result.status === 'pass') admitted(model, before, result)
      if (result.status !== 'retained' && result.status !== 'pass') return
      model.open.delete(position)
      // A fan who waits at another place gets nothing; one who gets something is bound to this place.
      if (before.again === undefined) expect(before.elsewhere).toBeUndefined()
      rebind(model, position, account)
    },
  }
}

/** Only the account of a bound place can use it, and only when it has been called. */
function expectForeseen(
  result: ClaimResult,
  { ofAnother, waiting, elsewhere }: ReturnType<typeof inspect>,
): void {
  expect(result.status === 'other-account').toBe(ofAnother)
  expect(result.status === 'waiting').toBe(waiting)
  if (result.status === 'elsewhere') expect(result.index).toBe(elsewhere)
}

/** The accounts with a pass; checks invariants 5 and 7. */
function admitted(
  model: Model,
  { account, position, again }: ReturnType<typeof inspect>,
  { passId, expiresAt }: { passId: string; expiresAt: Date },
): void {
  // Invariant 7: only called places; each place is used once.
  expect(model.calledAt.has(position)).toBe(true)
  expect(model.claimed.has(position)).toBe(again !== undefined)
  expect(again?.id ?? passId).toBe(passId)
  model.claimed.add(position)
  model.passes.set(account, { id: passId, expires: expiresAt.getTime(), position })
  // Invariant 5: a new pass never exceeds the limit, whatever the limit was before.
  if (again === undefined) expect(livePasses(model)).toBeLessThanOrEqual(model.settings.maxActive)
}

function bind(who: Visitor): Step {
  return {
    name: `bind by ${nameOf(who)}`,
    async run(model) {
      const index = positionOf(model, who)
      const account = accountOf(model, who)
      const waitsAt = waitingElsewhere(model, account, index)
      const result = await bindPlace(redis, { room: model.room, index, account }, byArrival)
      if (index >= model.entries) expect(result).toEqual({ status: 'unknown' })
      else if ((model.bound.get(index) ?? account) !== account)
        expect(result).toEqual({ status: 'other-account' })
      else if (waitsAt !== undefined) expect(result).toEqual({ status: 'elsewhere', index: waitsAt })
      else {
        expect(result).toEqual({ status: 'bound' })
        rebind(model, index, account)
      }
    },
  }
}

function leave(who: Visitor): Step {
  return {
    name: `leave by ${nameOf(who)}`,
    async run(model) {
      const position = positionOf(model, who)
      const account = accountOf(model, who)
      const { status } = await leaveRoom(redis, { room: model.room, index: position, position, account })
      if (position >= model.entries || model.claimed.has(position) || model.left.has(position)) {
        expect(status).toBe('used')
      } else {
        expect(status === 'other-account').toBe((model.bound.get(position) ?? account) !== account)
      }
      if (status !== 'left') return
      model.left.add(position)
      model.open.delete(position)
      unbind(model, position, account)
    },
  }
}

function endPass(who: Someone): Step {
  return {
    name: `end the pass ${who.back} behind the last called`,
    async run(model) {
      const position = positionOf(model, who)
      const [account, pass] = [...model.passes].find(([, pass]) => pass.position === position) ?? []
      if (account === undefined || pass === undefined) return
      await leavePass(redis, { room: model.room, account, passId: pass.id })
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

/** Invariants 5 to 7, and that the counts of called and silent fans add up. */
async function check(model: Model): Promise<void> {
  const keys = roomKeys(model.room)
  // In one round trip.
  const [{ total = '0', ...slots }, stored, taken, accounts] = await Promise.all([
    redis.hgetall(keys.unresolved),
    redis.zrange(keys.turns, '0', '-1'),
    redis.bitcount(keys.claimed),
    redis.hgetall(keys.accounts),
  ])
  const open = Object.values(slots).map(Number)
  expect(open.every((count) => count > 0)).toBe(true)
  expect(open.reduce((sum, count) => sum + count, 0)).toBe(Number(total))
  expect(Number(total)).toBe(model.open.size)
  for (const position of stored.map(Number)) {
    expect(position).toBeLessThanOrEqual(model.serving)
    expect(model.claimed.has(position)).toBe(false)
  }
  expect(taken).toBe(model.claimed.size + model.left.size)
  checkRate([...model.calledAt.values()])
  // One to one, in both directions, and only what was bound.
  const bindings = [...model.bound].flatMap(([index, account]) => [
    [`${index}`, account],
    [`@${account}`, `${index}`],
  ])
  expect(accounts).toEqual(Object.fromEntries(bindings))
}

/** No window has more calls than the bucket holds plus what the highest rate fills in that time. */
function checkRate(times: readonly number[]): void {
  for (const [i, from] of times.entries()) {
    for (let j = i; j < times.length; j += 1) {
      const seconds = ((times[j] ?? from) - from) / 1000
      expect(j - i + 1).toBeLessThanOrEqual(RATE_MAX + RATE_MAX * seconds + 1e-6)
    }
  }
}

it('keeps its invariants under any order of events, at any pace of the clock', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: STEPS_MAX }), async (run) => {
      const model = newModel(`test-${randomBytes(8).toString('hex')}`, START_MS)
      await clock.set(redis, model.room, model.now)
      await publish(model)
      await enter(60).run(model)
      for (const { run: step } of run) {
        await step(model)
        await check(model)
      }
    }),
    // The same runs every time; another seed explores other cases.
    { numRuns: 300, seed: 20_261_122 },
  )
})
