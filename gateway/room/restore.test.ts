import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DrawRecord } from '../../shared/api/draw-record.ts'
import { createRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { makeTestClock, publishTestRoom, type TestSettings } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { admitOnce, enterMany } from '../testing/room.ts'
import { admit } from './admit.ts'
import { createRoomMemory, type Known, placeStatusOf, restoreKnown, restorePlace } from './restore.ts'
import type { RoomState } from './room-state.ts'

const clock = makeTestClock()
const connections = Array.from({ length: 4 }, () =>
  createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent'), clockKey: clock.key }),
)
const caller = (n: number) => {
  const redis = connections[n % connections.length]
  if (redis === undefined) throw new Error('there are several')
  return redis
}
const redis = caller(0)

const START_MS = 1_800_000_000_000
const END_MS = START_MS + 10_000

beforeAll(async () => {
  await Promise.all(connections.map((each) => each.connect()))
})

afterAll(() => {
  for (const each of connections) each.disconnect()
})

/** A room that is being restored in its second epoch, with this many entries left in its log. */
async function restoringRoom(entries: number, settings: TestSettings = {}): Promise<string> {
  const room = `test-${randomBytes(8).toString('hex')}`
  await clock.set(redis, room, START_MS)
  await publishTestRoom(redis, { room, settings })
  const keys = roomKeys(room)
  await redis.hset(keys.settings, 'epoch', 2, 'restoringUntil', END_MS)
  if (entries > 0) await redis.set(keys.entries, Buffer.alloc(16 * entries))
  return room
}

const known = (values: Partial<Known>): Known => ({
  epoch: 1,
  entries: 0,
  serving: -1,
  draw: undefined,
  ...values,
})

const record = (lobbyEntries: number, seed?: string): DrawRecord => ({
  lobbyEntries,
  closing: undefined,
  signature: undefined,
  seed,
})

describe('restoring a room', () => {
  it('results in the same log, however many gateways and fans report concurrently and in whatever order', async () => {
    const places = Array.from({ length: 300 }, (_, index) => ({
      index,
      entry: randomBytes(16).toString('base64url'),
    }))
    const log = Buffer.concat(places.map(({ entry }) => Buffer.from(entry, 'base64url')))
    for (const order of [places, places.toReversed()]) {
      const room = await restoringRoom(100)
      await Promise.all([
        ...order.flatMap((place, n) => [
          restorePlace(caller(n), room, 2, place),
          restorePlace(caller(n + 1), room, 2, place),
        ]),
        ...Array.from({ length: 50 }, (_, n) =>
          restoreKnown(caller(n), room, 2, known({ entries: 6 * n, serving: 2 * n })),
        ),
      ])
      const { entries, admission, calls, unresolved } = roomKeys(room)
      expect(await redis.getBuffer(entries)).toEqual(log)
      expect(await redis.hget(admission, 'serving')).toBe('98')
      // One call for all, at the end of restoring.
      expect(await redis.zrange(calls, '0', '-1', 'WITHSCORES')).toEqual([String(END_MS), '98'])
      expect(await redis.hgetall(unresolved)).toEqual({ [END_MS]: '99', total: '99' })
    }
  })

  it('preserves existing keys, and issues no place beyond the room’s limit', async () => {
    const room = await restoringRoom(0, { entriesMax: 5 })
    const { entries } = roomKeys(room)
    await redis.set(entries, Buffer.alloc(16, 7))
    const entry = randomBytes(16).toString('base64url')
    for (const index of [0, 1, 9]) await restorePlace(redis, room, 2, { index, entry })
    const log = await redis.getBuffer(entries)
    expect(log?.subarray(0, 16)).toEqual(Buffer.alloc(16, 7))
    expect(log?.subarray(16, 32)).toEqual(Buffer.from(entry, 'base64url'))
    expect(log?.length).toBe(5 * 16)
  })

  it('restores the draw once, and ignores later reports', async () => {
    const room = await restoringRoom(20, { order: 'draw', drawSecret: 'ab'.repeat(32) })
    const seeds = ['01'.repeat(32), '02'.repeat(32)]
    for (const seed of seeds) await restoreKnown(redis, room, 2, known({ draw: record(20, seed) }))
    await restoreKnown(redis, room, 2, known({ draw: record(9, '03'.repeat(32)) }))
    const { draw } = await admitOnce(redis, room)
    expect(draw).toMatchObject({ lobbyEntries: 20, seed: Buffer.alloc(32, 1) })
  })

  it('makes no draw from a log that keys may still return to, nor from one of another epoch', async () => {
    const room = await restoringRoom(20, { order: 'draw', drawSecret: 'ab'.repeat(32) })
    await restoreKnown(redis, room, 2, known({ draw: record(20) }))
    const { settings, admission } = roomKeys(room)
    const draw = (epoch: number) => redis.roomDraw(settings, admission, epoch, 20, 'cd'.repeat(32), '', '', 0)
    expect(await draw(2)).toEqual(['changed'])
    await clock.set(redis, room, END_MS)
    expect(await draw(1)).toEqual(['absent'])
    expect(await draw(2)).toMatchObject(['drawn', expect.stringContaining('cd'.repeat(32))])
  })

  it('M2: binds a place to the account that its token names, with its chance, unless another binding prevents it', async () => {
    const room = await restoringRoom(20, { order: 'draw', drawSecret: 'ab'.repeat(32) })
    const { accounts, participants, chances } = roomKeys(room)
    await redis.hset(accounts, { 4: 'known', '@known': 4 })
    const places = [
      { index: 1, account: 'a', takesPart: true },
      { index: 2, account: 'b', takesPart: false },
      { index: 3, account: 'known', takesPart: true },
      { index: 4, account: 'c', takesPart: true },
      { index: 5 },
    ]
    for (const place of [...places, ...places]) await restorePlace(redis, room, 2, place)
    expect(await redis.hgetall(accounts)).toEqual({
      ...{ 1: 'a', '@a': '1', 2: 'b', '@b': '2' },
      ...{ 4: 'known', '@known': '4' },
    })
    expect(await redis.getBuffer(participants)).toEqual(Buffer.from([0b0100_0000]))
    expect(await redis.hget(chances, 'count')).toBe('1')
  })

  it('does not lower the expected share because fans who were called again stay silent', async () => {
    const room = await restoringRoom(100, { graceSeconds: 20 })
    const { admission } = roomKeys(room)
    await restoreKnown(redis, room, 2, known({ entries: 100, serving: 49 }))
    await clock.set(redis, room, END_MS + 20_000)
    expect(await admitOnce(redis, room)).toMatchObject({ expected: 0 })
    expect(await redis.hmget(admission, 'missedThrough', 'called', 'claimed')).toEqual(['49', '0', '0'])
  })

  it('ends by the clock of Redis, and records once how many places were restored', async () => {
    const room = await restoringRoom(3)
    expect(await restorePlace(redis, room, 1, { index: 9 })).toEqual({ status: 'absent' })
    expect(await restorePlace(redis, room, 2, { index: 4 })).toMatchObject({ status: 'restored' })
    expect(await admitOnce(redis, room)).toMatchObject({ phase: 'restoring', restored: [], entries: 5 })
    await clock.set(redis, room, END_MS)
    expect(await restorePlace(redis, room, 2, { index: 9 })).toEqual({ status: 'over' })
    await enterMany(redis, room, 2)
    expect(await admitOnce(redis, room)).toMatchObject({
      phase: 'open',
      restored: [{ epoch: 2, entries: 5 }],
      entries: 7,
    })
  })

  it('records the same number when hundreds enter and gateways decide concurrently right after it', async () => {
    const room = await restoringRoom(50)
    await clock.set(redis, room, END_MS)
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await enterMany(caller(n), room, 3)
        await admit(caller(n + 1), room, { sweepMax: 10, health: 1 })
      }),
    )
    expect(await admitOnce(redis, room)).toMatchObject({
      restored: [{ epoch: 2, entries: 50 }],
      entries: 350,
    })
  })

  it('calls and admits no fan before it has ended', async () => {
    const room = await restoringRoom(10)
    await expect(admitOnce(redis, room)).resolves.toMatchObject({ phase: 'restoring', serving: -1 })
    const { settings, entries } = roomKeys(room)
    const entering = await redis.roomEnter(
      settings,
      entries,
      roomKeys(room).entry('k'),
      roomKeys(room).address(''),
      roomKeys(room).admission,
      roomKeys(room).chances,
      roomKeys(room).moved,
      randomBytes(16),
      60,
      0,
      '',
      '',
    )
    expect(entering).toEqual(['shut', 'restoring'])
  })
})

describe('a place of an earlier epoch', () => {
  const state = (epoch: number, restored: RoomState['restored']) => ({ epoch, restored })
  const restored = [
    { epoch: 2, entries: 10 },
    { epoch: 4, entries: 30 },
  ]

  it.each([
    [{ epoch: 4, index: 99 }, 'good'],
    [{ epoch: 5, index: 99 }, 'good'],
    [{ epoch: 3, index: 29 }, 'good'],
    [{ epoch: 3, index: 30 }, 'lost'],
    [{ epoch: 1, index: 9 }, 'good'],
    [{ epoch: 1, index: 10 }, 'lost'],
  ])('%j is %s when ten came back in the second and thirty in the fourth', (place, placeStatus) => {
    expect(placeStatusOf(place, state(4, restored))).toBe(placeStatus)
  })

  it('is known to be lost, but not to be good, while the room is restored', () => {
    expect(placeStatusOf({ epoch: 1, index: 9 }, state(5, restored))).toBe('restoring')
    expect(placeStatusOf({ epoch: 1, index: 10 }, state(5, restored))).toBe('lost')
    expect(placeStatusOf({ epoch: 4, index: 99 }, state(5, restored))).toBe('restoring')
  })
})

describe('what a gateway remembers of a room', () => {
  it('is the most it saw or issued in the last complete epoch, and is missing from a room that has less', async () => {
    const memory = createRoomMemory()
    const room = await restoringRoom(5)
    const restoring = await admitOnce(redis, room)
    expect(memory.missingFrom(restoring)).toBeUndefined()
    const before: RoomState = { ...restoring, epoch: 1, phase: 'open', entries: 7, serving: 3 }
    memory.note(before)
    memory.noteEntry(room, { epoch: 1, index: 8 })
    memory.note({ ...before, serving: 4 })
    memory.note(restoring)
    expect(memory.missingFrom(restoring)).toMatchObject({ epoch: 1, entries: 9, serving: 4 })
    expect(memory.missingFrom({ ...restoring, entries: 9, serving: 4 })).toBeUndefined()
    // Its own epoch needs nothing, and a room that is no longer refreshed is dropped.
    expect(memory.missingFrom({ ...restoring, epoch: 1 })).toBeUndefined()
    memory.retain([])
    expect(memory.missingFrom(restoring)).toBeUndefined()
  })
})
