import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { makeTestClock, publishTestRoom, type TestSettings } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { admitOnce, byArrival, claimByArrival, enterMany } from '../testing/room.ts'
import { bindPlace } from './bind-place.ts'
import { enterRoom } from './enter-room.ts'
import { leaveRoom } from './leave.ts'
import { restorePlace } from './restore.ts'

/** What fans and gateways can do in a room, depending on whether an origin holds its lease (`lua/lib/lease`). */

const clock = makeTestClock()
const log = createLogger('test', 'silent')
const redis = createRedis({ url: redisUrl(), name: 'test', log, clockKey: clock.key })
const START_MS = 1_800_000_000_000
const KEPT_MS = 5000

beforeAll(() => redis.connect())
afterAll(() => redis.disconnect())

/** A room with fans, whose lease starts now. */
async function maintainedRoom(fans: number, settings: TestSettings = {}) {
  const room = `test-${randomBytes(8).toString('hex')}`
  let now = START_MS
  await clock.set(redis, room, now)
  await publishTestRoom(redis, { room, settings })
  const keys = roomKeys(room)
  const advance = async (milliseconds: number) => {
    now += milliseconds
    await clock.set(redis, room, now)
  }
  const renew = () =>
    redis.roomMaintain(
      ...([keys.settings, keys.admission, keys.calls, keys.unresolved, keys.turnEnds] as const),
      ...([1, '', KEPT_MS] as const),
    )
  await renew()
  await enterMany(redis, room, fans)
  return {
    ...{ room, keys, advance, renew },
    admit: () => admitOnce(redis, room),
    claim: (position: number) => claimByArrival(redis, { room, position, account: `fan-${position}` }),
  }
}

describe('H9: a room whose lease no origin holds', () => {
  it('issues, binds, calls and admits no one until an origin is back', async () => {
    const { room, advance, renew, admit, claim } = await maintainedRoom(4, { maxActive: 2 })
    await admit()
    await advance(1000)
    expect(await admit()).toMatchObject({ phase: 'open', serving: 1 })
    const all = async () => [
      (await enterRoom({ redis, rememberSeconds: 60 }, room, randomBytes(16))).status,
      (await bindPlace(redis, { room, index: 3, account: 'other' }, byArrival)).status,
      (await leaveRoom(redis, { room, index: 2, position: 2, account: undefined })).status,
      (await claim(0)).status,
    ]
    await advance(KEPT_MS)
    expect(await all()).toEqual(['shut', 'absent', 'absent', 'shut'])
    expect(await claim(0)).toEqual({ status: 'shut', phase: 'restoring' })
    await advance(60_000)
    expect(await admit()).toMatchObject({ phase: 'restoring', serving: 1, entries: 4 })
    await renew()
    expect(await admit()).toMatchObject({ phase: 'open', restored: [] })
    expect(await all()).toEqual(['entered', 'bound', 'left', 'pass'])
  })

  it('accepts no entry of an earlier epoch as a returned place', async () => {
    const { room, keys, advance } = await maintainedRoom(4)
    await redis.hset(keys.settings, 'epoch', 2, 'restored', ' 2:4')
    await advance(KEPT_MS)
    expect(await restorePlace(redis, room, 2, { index: 9 })).toEqual({ status: 'over' })
    expect(await redis.strlen(keys.entries)).toBe(4 * 16)
  })

  it('extends turns: called fans have as much time left as when the lease ended', async () => {
    const { keys, advance, renew, admit, claim } = await maintainedRoom(6, { maxActive: 3, graceSeconds: 20 })
    await admit()
    await advance(1000)
    expect(await admit()).toMatchObject({ serving: 2 })
    for (const position of [0, 1]) expect(await claim(position)).toMatchObject({ status: 'pass' })
    await redis.hset(keys.settings, 'maxActive', 2)
    expect(await claim(2)).toMatchObject({ status: 'retained' })
    const expected = (await admit()).expected
    await advance(300_000)
    expect(await admit()).toMatchObject({ phase: 'restoring', serving: 2 })
    await renew()
    // Renewed before every expiry, for as long as the turn has left.
    for (let seconds = 5; seconds < 20; seconds += 5) {
      await advance(4900)
      await renew()
    }
    expect(await admit()).toMatchObject({ serving: 2, expected })
    await redis.hset(keys.settings, 'maxActive', 3)
    expect(await claim(2)).toMatchObject({ status: 'pass' })
  })

  it('shifts calls by the time without a lease, so that they end when their grace is over', async () => {
    const { keys, advance, renew, admit, claim } = await maintainedRoom(40, {
      ratePerSecond: 4,
      graceSeconds: 10,
    })
    for (let step = 0; step < 8; step += 1) {
      await admit()
      await advance(500)
    }
    const before = await redis.zrange(keys.calls, '0', '-1', 'WITHSCORES')
    const [unresolved, callTimes] = [
      await redis.hgetall(keys.unresolved),
      await redis.hget(keys.admission, 'callTimes'),
    ]
    const fans = Number(unresolved['total'])
    expect(fans).toBeGreaterThan(10)
    await advance(60_100)
    await renew()
    // Stopped 5 s after the last renewal: a minute and 100 ms, less 1 s and 4 s, are added, in quarters of a second.
    const moved = 59_250
    const after = await redis.zrange(keys.calls, '0', '-1', 'WITHSCORES')
    expect(after).toEqual(before.map((each, i) => (i % 2 === 0 ? String(Number(each) + moved) : each)))
    const { total, ...slots } = await redis.hgetall(keys.unresolved)
    const { total: _, ...slotsBefore } = unresolved
    expect(total).toBe(String(fans))
    expect(slots).toEqual(
      Object.fromEntries(
        Object.entries(slotsBefore).map(([slot, count]) => [String(Number(slot) + moved), count]),
      ),
    )
    expect(Number(await redis.hget(keys.admission, 'callTimes'))).toBe(
      Number(callTimes) + (fans * moved) / 250,
    )
    expect(await claim(0)).toMatchObject({ status: 'pass' })
    for (let seconds = 0; seconds < 12; seconds += 4) {
      await advance(4000)
      await renew()
    }
    expect(await claim(1)).toMatchObject({ status: 'missed' })
  })

  it('has a lease without an end when no origin has ever set one', async () => {
    const { keys, advance, admit } = await maintainedRoom(1)
    await redis.hdel(keys.settings, 'keptUntil')
    await advance(86_400_000)
    expect(await admit()).toMatchObject({ phase: 'open' })
  })
})
