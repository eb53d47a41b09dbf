import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BeaconRule } from '../../shared/api/draw-record.ts'
import { createRedis, type Redis } from '../../shared/redis/client.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { makeTestClock, publishTestRoom } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { enterMany } from '../testing/room.ts'
import { seedOf } from './draw.ts'
import type { Beacon } from './draws.ts'
import { BEACON_DELAY_MS, BEACON_SILENT_MS } from './make-draw.ts'
import { createSnapshots } from './snapshot.ts'

const clock = makeTestClock()
/** Separate from the origins of the other tests, which use another clock. */
const originsKey = `test-origins-${randomBytes(6).toString('hex')}`
const START_MS = 1_800_000_000_500
const secret = randomBytes(32)
const SIGNATURE = 'ab'.repeat(48)
/**
 * The first round due three seconds or more after the opening, with a round every three seconds from START_MS − 500 on.
 */
const ROUND = 3
let redis: Redis

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  redis = createRedis({ url: redisUrl(), name: 'test', log, clockKey: clock.key })
  await redis.connect()
  await clock.set(redis, originsKey, START_MS)
  await redis.originHeartbeat(originsKey, 'test', 1000)
})

afterAll(() => redis.disconnect())

/** A room that opens now, and a gateway whose own clock runs fast enough that it never waits between two attempts. */
async function opening(beacon: BeaconRule, signatures: Map<number, string>) {
  const asked: number[] = []
  let own = 0
  const source: Beacon = {
    ...{ publicKey: 'cd'.repeat(96), genesisMs: START_MS - 500, periodMs: 3000 },
    signatureOf: async (round) => {
      asked.push(round)
      return signatures.get(round)
    },
  }
  const room = `test-${randomBytes(8).toString('hex')}`
  const settings = { order: 'draw', drawSecret: secret.toString('hex'), beacon } as const
  await clock.set(redis, room, START_MS - 1000)
  await publishTestRoom(redis, { room, settings: { ...settings, opensAt: START_MS } })
  await enterMany(redis, room, 5)
  await clock.set(redis, room, START_MS)
  const options = { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 }
  const snapshots = createSnapshots({
    ...{ redis, options, originsKey, beacon: source },
    now: () => (own += 60_000),
  })
  const tick = async () => {
    await snapshots.refresh([room])
    return snapshots.of(room)?.state.draw
  }
  return {
    room,
    asked,
    tick,
    serving: () => snapshots.of(room)?.state.serving,
    status: () => snapshots.of(room)?.status,
  }
}

type Opening = Awaited<ReturnType<typeof opening>>

/** Often enough to complete every step that is possible. */
async function settle({ tick }: Opening) {
  for (let turn = 0; turn < 20; turn += 1) await tick()
}

describe('a draw with a public beacon', () => {
  it('publishes the closing, and uses the first round that is still to come', async () => {
    const room = await opening('required', new Map([[ROUND, SIGNATURE]]))
    await expect.poll(async () => (await room.tick())?.closing).toBeDefined()
    const closing = room.status()?.draw?.closing
    expect(closing).toMatchObject({
      closedAt: new Date(START_MS).toISOString(),
      round: { number: ROUND, at: new Date(START_MS - 500 + 6000).toISOString() },
    })
    expect(Date.parse(closing?.round?.at ?? '') - START_MS).toBeGreaterThanOrEqual(BEACON_DELAY_MS)
    await settle(room)
    // Before the round is due, no beacon request is sent and no fan is called.
    expect([room.asked, room.serving(), room.status()?.draw?.drawn]).toEqual([[], -1, false])
    await clock.set(redis, room.room, START_MS + 6000)
    await expect.poll(async () => (await room.tick())?.participants).toBeDefined()
    const draw = await room.tick()
    if (draw?.closing === undefined) throw new Error('the lobby has closed')
    expect(draw.seed).toEqual(seedOf(secret, room.room, 5, draw.closing, SIGNATURE))
    expect(draw.signature).toBe(SIGNATURE)
    expect(new Set(room.asked)).toEqual(new Set([ROUND]))
  })

  it('waits for the round indefinitely where a beacon is required', async () => {
    const signatures = new Map<number, string>()
    const room = await opening('required', signatures)
    await expect.poll(async () => (await room.tick())?.closing).toBeDefined()
    await clock.set(redis, room.room, START_MS + 10 * BEACON_SILENT_MS)
    await settle(room)
    expect(room.asked.length).toBeGreaterThan(0)
    expect((await room.tick())?.seed).toBeUndefined()
    expect(room.serving()).toBe(-1)
    signatures.set(ROUND, SIGNATURE)
    await expect.poll(async () => (await room.tick())?.signature).toBe(SIGNATURE)
  })

  it('continues without the round after a minute by Redis’ clock where a beacon is preferred, and records that', async () => {
    const room = await opening('preferred', new Map())
    await expect.poll(async () => (await room.tick())?.closing).toBeDefined()
    const dueMs = START_MS - 500 + 6000
    await clock.set(redis, room.room, dueMs + BEACON_SILENT_MS - 1)
    await settle(room)
    expect((await room.tick())?.seed).toBeUndefined()
    await clock.set(redis, room.room, dueMs + BEACON_SILENT_MS)
    await expect.poll(async () => (await room.tick())?.participants).toBeDefined()
    const draw = await room.tick()
    expect(draw?.signature).toBe('')
    if (draw?.closing === undefined) throw new Error('the lobby has closed')
    expect(draw.seed).toEqual(seedOf(secret, room.room, 5, draw.closing, ''))
  })

  it('requests no round where the room uses no beacon', async () => {
    const room = await opening('none', new Map([[ROUND, SIGNATURE]]))
    await expect.poll(async () => (await room.tick())?.participants).toBeDefined()
    expect((await room.tick())?.closing?.round).toBeUndefined()
    expect(room.asked).toEqual([])
  })
})
