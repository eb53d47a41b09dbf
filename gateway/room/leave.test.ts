import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { leavePass, leaveRoom } from './leave.ts'
import { admitOnce, admitUntil, claimByArrival, enterMany } from './testing.ts'

const { redis, caller } = useRedis(4)

/** Someone leaves a place of a room by arrival, unknown unless an account is named. */
const leave = (room: string, position: number, n = 0, account?: string) =>
  leaveRoom(caller(n), { room, index: position, position, account })

async function roomOf(entries: number, maxActive = 1000): Promise<string> {
  const room = await publishTestRoom(redis(), { settings: { maxActive } })
  await enterMany(redis(), room, entries)
  return room
}

describe('leaving the room', () => {
  it('passes a place over that was not called yet, without a call or a slot', async () => {
    const room = await roomOf(10, 4)
    expect(await leave(room, 1)).toEqual({ status: 'left' })
    expect(await leave(room, 2)).toEqual({ status: 'left' })
    await admitUntil(redis(), room, 6)
    // Four slots: positions 0, 3, 4 and 5.
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 5, expected: 4 })
    expect(await claimByArrival(redis(), { room, position: 1, account: 'late' })).toEqual({ status: 'used' })
  })

  it('calls everyone who stayed, when most of a long line has left', async () => {
    const room = await roomOf(300)
    await Promise.all(Array.from({ length: 300 }, (_, n) => (n % 10 === 0 ? undefined : leave(room, n, n))))
    await admitUntil(redis(), room, 291)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 290, expected: 30 })
    expect(await redis().hget(roomKeys(room).admission, 'left')).toBe('9')
  })

  it('frees the slot that was kept for a called place, once, when it is left hundreds of times at once', async () => {
    const room = await roomOf(20, 10)
    await admitUntil(redis(), room, 10)
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => leave(room, 3, n)))
    expect(results.filter(({ status }) => status === 'left')).toHaveLength(1)
    expect(await redis().hget(roomKeys(room).unresolved, 'total')).toBe('9')
    await admitUntil(redis(), room, 11)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 10, expected: 10 })
  })

  it('gives a kept turn up, so that those behind go in', async () => {
    const room = await roomOf(3)
    await admitUntil(redis(), room, 3)
    await publishTestRoom(redis(), { room, settings: { maxActive: 1, version: 2 } })
    await claimByArrival(redis(), { room, position: 0, account: 'a' })
    expect((await claimByArrival(redis(), { room, position: 1, account: 'b' })).status).toBe('kept')
    await redis().zadd(roomKeys(room).passes, 1, 'a')
    expect(await leave(room, 1, 0, 'b')).toEqual({ status: 'left' })
    expect((await claimByArrival(redis(), { room, position: 2, account: 'c' })).status).toBe('pass')
  })

  it('has nothing left to give up once it was claimed, left, or never entered', async () => {
    const room = await roomOf(2)
    await admitUntil(redis(), room, 2)
    await claimByArrival(redis(), { room, position: 0, account: 'a' })
    expect(await leave(room, 0)).toEqual({ status: 'used' })
    await leave(room, 1)
    expect(await leave(room, 1)).toEqual({ status: 'used' })
    expect(await leave(room, 2)).toEqual({ status: 'used' })
    expect(await leave('test-unknown', 0)).toEqual({ status: 'absent' })
  })
})

describe('leaving with a pass', () => {
  it('frees the slot and what it held, once, and lets the next one in', async () => {
    const room = await publishTestRoom(redis(), {
      settings: { maxActive: 1 },
      types: [{ type: 1, quantity: 5 }],
    })
    const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
    const { settings, passes, pass, stock, types, counts, holds, hold } = roomKeys(room)
    const basket = JSON.stringify([{ type: 1, quantity: 2 }])
    await redis().holdTake(settings, passes, pass, stock, types, counts, holds, hold, 'a', passId, basket)
    await enterMany(redis(), room, 1)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: -1, livePasses: 1 })
    const leaving = Array.from({ length: 100 }, (_, n) =>
      leavePass(caller(n), { room, account: 'a', passId }),
    )
    const results = await Promise.all(leaving)
    expect(results.filter(({ status }) => status === 'left')).toHaveLength(1)
    expect(await redis().hmget(stock, 'free:1', 'held:1')).toEqual(['5', '0'])
    expect(await redis().hlen(counts)).toBe(0)
    await admitUntil(redis(), room, 1)
  })

  it('is not possible while it is being paid for, and takes no pass but its own', async () => {
    const room = await publishTestRoom(redis())
    const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
    await redis().hset(
      roomKeys(room).hold,
      passId,
      JSON.stringify({ account: 'a', basket: [], payment: 'p' }),
    )
    expect(await leavePass(redis(), { room, account: 'a', passId })).toEqual({ status: 'paying' })
    expect(await leavePass(redis(), { room, account: 'a', passId: 'other' })).toEqual({ status: 'ended' })
    expect(await redis().zcard(roomKeys(room).passes)).toBe(1)
  })
})
