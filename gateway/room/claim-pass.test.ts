import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { admitOnce, admitUntil, claimByArrival, enterMany } from '../testing/room.ts'
import type { ClaimResult } from './claim-pass.ts'

const { redis, caller } = useRedis(4)

const claim = (room: string, position: number, account = `account-${position}`, n = 0) =>
  claimByArrival(caller(n), { room, position, account })

const count = (results: readonly ClaimResult[], status: ClaimResult['status']) =>
  results.filter((result) => result.status === status).length

/** A room in which this many fans have been called, whatever its limit is now. */
async function roomWithCalled(called: number, maxActive: number): Promise<string> {
  const room = await publishTestRoom(redis())
  await enterMany(redis(), room, called)
  await admitUntil(redis(), room, called)
  await publishTestRoom(redis(), { room, settings: { maxActive } })
  return room
}

describe('claiming', () => {
  it('never issues more passes than there are slots, when hundreds of fans claim concurrently', async () => {
    const room = await roomWithCalled(300, 40)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => claim(room, n, undefined, n)))
    expect(count(results, 'pass')).toBe(40)
    expect(count(results, 'retained')).toBe(260)
    expect(await redis().zcard(roomKeys(room).passes)).toBe(40)
  })

  it('issues one account one pass, when it claims hundreds of places concurrently', async () => {
    const room = await roomWithCalled(300, 1000)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => claim(room, n, 'one', n)))
    expect(count(results, 'pass')).toBe(1)
    expect(count(results, 'other')).toBe(299)
  })

  it('issues one pass for a place, when hundreds of accounts claim it concurrently', async () => {
    const room = await roomWithCalled(1, 1000)
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) => claim(room, 0, `account-${n}`, n)),
    )
    expect(count(results, 'pass')).toBe(1)
    expect(count(results, 'used')).toBe(299)
  })

  it('returns the same pass when a claim is repeated, even hundreds of times concurrently', async () => {
    const room = await roomWithCalled(1, 1000)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => claim(room, 0, 'one', n)))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect(results[0]?.status).toBe('pass')
  })

  it('rejects a claim for a place that was not called, and returns how far the queue is', async () => {
    const room = await roomWithCalled(3, 1000)
    await enterMany(redis(), room, 1)
    expect(await claim(room, 3)).toEqual({ status: 'waiting', serving: 2 })
  })

  it('admits a called fan who found no free slot before those behind, once a slot is free', async () => {
    const room = await roomWithCalled(3, 1)
    expect((await claim(room, 0)).status).toBe('pass')
    expect((await claim(room, 1)).status).toBe('retained')
    await redis().zadd(roomKeys(room).passes, 1, 'account-0')
    expect((await claim(room, 2)).status).toBe('retained')
    expect((await claim(room, 1)).status).toBe('pass')
  })

  it('drops a reserved turn whose fan stopped retrying, so that no fan waits behind it', async () => {
    const room = await roomWithCalled(3, 1)
    await claim(room, 0)
    await claim(room, 1)
    await redis().zadd(roomKeys(room).passes, 1, 'account-0')
    await redis().zadd(roomKeys(room).turnEnds, 1, '1')
    await admitOnce(redis(), room)
    expect((await claim(room, 2)).status).toBe('pass')
  })

  it('reports the turn as missed once the grace has passed', async () => {
    const room = await roomWithCalled(2, 1000)
    const { calls, admission } = roomKeys(room)
    await redis().del(calls)
    await redis().hset(admission, 'missedThrough', 0)
    expect(await claim(room, 0)).toEqual({ status: 'missed' })
    expect(await claim(room, 1)).toEqual({ status: 'missed' })
  })

  it('reports the turn as missed when the grace has passed, even before a decision has noticed', async () => {
    const room = await roomWithCalled(2, 1000)
    const { calls } = roomKeys(room)
    const [slot = ''] = await redis().zrange(calls, '0', '0')
    const last = await redis().zscore(calls, slot)
    await redis().zrem(calls, slot)
    await redis().zadd(calls, String(last), String(Number(slot) - 61_000))
    expect(await claim(room, 0)).toEqual({ status: 'missed' })
  })

  it('continues during a pause for fans who were called before it', async () => {
    const room = await roomWithCalled(1, 1000)
    await publishTestRoom(redis(), { room, settings: { paused: 1, version: 2 } })
    expect((await claim(room, 0)).status).toBe('pass')
  })

  it('issues no second pass for a place after its first has ended', async () => {
    const room = await roomWithCalled(1, 1000)
    expect((await claim(room, 0)).status).toBe('pass')
    await redis().zadd(roomKeys(room).passes, 1, 'account-0')
    expect(await claim(room, 0)).toEqual({ status: 'used' })
  })

  it('ends passes on a whole second, as a token requires', async () => {
    const room = await roomWithCalled(1, 1000)
    const result = await claim(room, 0)
    expect(result.status === 'pass' && result.expiresAt.getTime() % 1000).toBe(0)
  })

  it('is refused when the sale is over', async () => {
    const room = await roomWithCalled(1, 1000)
    await publishTestRoom(redis(), { room, settings: { closesAt: Date.now() - 1 } })
    expect(await claim(room, 0)).toEqual({ status: 'shut', phase: 'closed' })
  })

  it('counts live passes, not ended ones that have not been removed yet', async () => {
    const room = await roomWithCalled(1, 2)
    await grantTestPasses(redis(), room, ['x', 'y'], -10)
    expect((await claim(room, 0)).status).toBe('pass')
  })

  it('is refused by a Redis that does not know the room', async () => {
    expect(await claim('test-unknown', 0)).toEqual({ status: 'absent' })
  })
})
