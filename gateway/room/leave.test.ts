import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis, watchScripts } from '../../shared/testing/redis.ts'
import { admitOnce, admitUntil, claimByArrival, enterMany } from '../testing/room.ts'
import { leavePass, leaveRoom } from './leave.ts'

const { redis, caller } = useRedis(4)

/** Leaves a place of a room by arrival, anonymously unless an account is given. */
const leave = (room: string, position: number, n = 0, account?: string) =>
  leaveRoom(caller(n), { room, index: position, position, account })

async function roomOf(entries: number, maxActive = 1000): Promise<string> {
  const room = await publishTestRoom(redis(), { settings: { maxActive } })
  await enterMany(redis(), room, entries)
  return room
}

describe('leaving the room', () => {
  it('skips a place that was not called yet, without using a call or a slot', async () => {
    const room = await roomOf(10, 4)
    expect(await leave(room, 1)).toEqual({ status: 'left' })
    expect(await leave(room, 2)).toEqual({ status: 'left' })
    await admitUntil(redis(), room, 6)
    // Four slots: positions 0, 3, 4 and 5.
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 5, expected: 4 })
    expect(await claimByArrival(redis(), { room, position: 1, account: 'late' })).toEqual({ status: 'used' })
  })

  it('calls every remaining fan, when most of a long queue has left', async () => {
    const room = await roomOf(300)
    await Promise.all(Array.from({ length: 300 }, (_, n) => (n % 10 === 0 ? undefined : leave(room, n, n))))
    await admitUntil(redis(), room, 291)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 290, expected: 30 })
    expect(await redis().hget(roomKeys(room).admission, 'left')).toBe('9')
  })

  it('releases the slot reserved for a called place once, when it is left hundreds of times concurrently', async () => {
    const room = await roomOf(20, 10)
    await admitUntil(redis(), room, 10)
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => leave(room, 3, n)))
    expect(results.filter(({ status }) => status === 'left')).toHaveLength(1)
    expect(await redis().hget(roomKeys(room).unresolved, 'total')).toBe('9')
    await admitUntil(redis(), room, 11)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 10, expected: 10 })
  })

  it('releases a reserved turn, so that those behind can be admitted', async () => {
    const room = await roomOf(3)
    await admitUntil(redis(), room, 3)
    await publishTestRoom(redis(), { room, settings: { maxActive: 1, version: 2 } })
    await claimByArrival(redis(), { room, position: 0, account: 'a' })
    expect((await claimByArrival(redis(), { room, position: 1, account: 'b' })).status).toBe('retained')
    await redis().zadd(roomKeys(room).passes, 1, 'a')
    expect(await leave(room, 1, 0, 'b')).toEqual({ status: 'left' })
    expect((await claimByArrival(redis(), { room, position: 2, account: 'c' })).status).toBe('pass')
  })

  it('reports a place as used once it was claimed, left, or never entered', async () => {
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

/** A long queue in which each position that `isLeft` names was left, and no fan has been called yet. */
async function lineOf(entries: number, isLeft: (position: number) => boolean): Promise<string> {
  const room = await publishTestRoom(redis(), { settings: { maxActive: 100_000, ratePerSecond: 10_000 } })
  const { entries: log, claimed, admission } = roomKeys(room)
  const bits = Buffer.alloc(Math.ceil(entries / 8))
  let left = 0
  for (let position = 0; position < entries; position += 1) {
    if (!isLeft(position)) continue
    left += 1
    bits.writeUInt8(bits.readUInt8(position >> 3) | (0x80 >> (position & 7)), position >> 3)
  }
  await redis().setrange(log, entries * 16 - 1, '\0')
  await redis().set(claimed, bits)
  await redis().hset(admission, { left, tokens: 10_000, at: Date.now() })
  return room
}

/** M12: the work of a decision is bounded, however many places lie between those to be called. */
describe('a queue that hundreds of thousands have left', () => {
  const READ_BYTES_MAX = 4 * 512

  /** Decides once. Returns the last position called and the commands that Redis ran for it. */
  async function decide(room: string) {
    const watched = watchScripts(redis())
    const { serving } = await admitOnce(watched.redis, room)
    const commands = watched.takeCommands()
    const read = commands.filter(([name]) => name === 'GETRANGE')
    const bytes = read.reduce((sum, [, , from, to]) => sum + Number(to) - Number(from) + 1, 0)
    return { serving, commands: commands.length, bytes }
  }

  it('calls the place behind half a million left ones in one bounded decision', async () => {
    const room = await lineOf(500_010, (position) => position >= 5 && position < 500_005)
    const { serving, commands, bytes } = await decide(room)
    expect(serving).toBe(500_009)
    expect(commands).toBeLessThan(60)
    expect(bytes).toBeLessThanOrEqual(READ_BYTES_MAX)
    expect(await redis().hget(roomKeys(room).admission, 'left')).toBe('0')
    expect(await redis().hget(roomKeys(room).unresolved, 'total')).toBe('10')
  })

  it('continues in the next decision where single places are scattered among left ones, and skips none', async () => {
    const stays = (position: number) => position % 100 === 99
    const room = await lineOf(200_000, (position) => !stays(position))
    let before = -1
    let called = 0
    for (let decisions = 0; called < 2000; decisions += 1) {
      expect(decisions).toBeLessThan(100)
      const { serving, commands, bytes } = await decide(room)
      expect(commands).toBeLessThan(60)
      expect(bytes).toBeLessThanOrEqual(READ_BYTES_MAX)
      called = Number(await redis().hget(roomKeys(room).unresolved, 'total'))
      // Every fan up to the last one called who has not left.
      expect(stays(serving)).toBe(true)
      expect(called).toBe((serving + 1) / 100)
      expect(serving).toBeGreaterThan(before)
      before = serving
    }
    expect(await redis().hget(roomKeys(room).admission, 'left')).toBe('0')
  })
})

describe('leaving with a pass', () => {
  it('releases the slot and what the pass held, once, and admits the next fan', async () => {
    const room = await publishTestRoom(redis(), {
      settings: { maxActive: 1 },
      types: [{ type: 1, quantity: 5 }],
    })
    const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
    const { settings, passes, pass, stock, types, counts, holds, hold } = roomKeys(room)
    const basket = JSON.stringify([{ type: 1, quantity: 2 }])
    await redis().holdTake(
      ...([settings, passes, pass, stock, types, counts, holds, hold] as const),
      ...([roomKeys(room).holdUntil(passId), 'a', passId, basket, ''] as const),
    )
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

  it('is refused while a payment is in progress, and for another pass', async () => {
    const room = await publishTestRoom(redis())
    const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
    await redis().hset(
      roomKeys(room).hold,
      passId,
      JSON.stringify({ account: 'a', basket: [], amount: 0, payment: 'p' }),
    )
    expect(await leavePass(redis(), { room, account: 'a', passId })).toEqual({ status: 'paying' })
    expect(await leavePass(redis(), { room, account: 'a', passId: 'other' })).toEqual({ status: 'ended' })
    expect(await redis().zcard(roomKeys(room).passes)).toBe(1)
  })
})
