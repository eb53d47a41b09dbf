import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { admitOnce, admitUntil, claimByArrival, enterMany } from '../testing/room.ts'
import { admit } from './admit.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000
const OPTIONS = { sweepMax: 500, health: 1 }

/** Moves the last decision this far into the past: the bucket fills by Redis' clock. */
async function rewind(room: string, milliseconds: number): Promise<void> {
  const key = roomKeys(room).admission
  const at = Number(await redis().hget(key, 'at'))
  await redis().hset(key, { at: at - milliseconds })
}

/** Moves every call this far into the past. */
async function ageCalls(room: string, milliseconds: number): Promise<void> {
  const { calls, unresolved } = roomKeys(room)
  const flat = await redis().zrange(calls, '0', '-1', 'WITHSCORES')
  for (let i = 0; i < flat.length; i += 2) {
    const slot = flat[i] ?? ''
    const older = String(Number(slot) - milliseconds)
    await redis().zrem(calls, slot)
    await redis().zadd(calls, Number(flat[i + 1]), older)
    await redis().hset(unresolved, older, (await redis().hget(unresolved, slot)) ?? '0')
    await redis().hdel(unresolved, slot)
  }
}

describe('admission', () => {
  it('calls no more fans than the bucket holds, however many gateways decide concurrently', async () => {
    const room = await publishTestRoom(redis(), { settings: { ratePerSecond: 50 } })
    await enterMany(redis(), room, 1000)
    const first = await admitOnce(redis(), room)
    const startedAt = first.at.getTime()
    const states = await Promise.all(Array.from({ length: 400 }, (_, n) => admit(caller(n), room, OPTIONS)))
    const last = Math.max(...states.map((state) => state?.at.getTime() ?? 0))
    const called = Math.max(...states.map((state) => state?.serving ?? -1)) + 1
    // The bucket starts with one token and fills at the rate.
    expect(called).toBeLessThanOrEqual(1 + (50 * (last - startedAt)) / 1000)
  })

  it('saves at most one second of calls while the queue is empty', async () => {
    const room = await publishTestRoom(redis(), { settings: { ratePerSecond: 30 } })
    await admitOnce(redis(), room)
    await rewind(room, HOUR_MS)
    await enterMany(redis(), room, 200)
    const { serving } = await admitOnce(redis(), room)
    expect(serving + 1).toBe(30)
  })

  it('calls waiting fans in order, and none beyond the last entry', async () => {
    const room = await publishTestRoom(redis())
    await enterMany(redis(), room, 3)
    await rewindAfterFirst(room)
    expect(await admitOnce(redis(), room)).toMatchObject({ entries: 3, serving: 2 })
  })

  it('calls no fan in the lobby and none after the end', async () => {
    const lobby = await publishTestRoom(redis(), { settings: { opensAt: Date.now() + HOUR_MS } })
    await enterMany(redis(), lobby, 5)
    expect(await admitOnce(redis(), lobby)).toMatchObject({ phase: 'lobby', entries: 5, serving: -1 })
    await publishTestRoom(redis(), { room: lobby, settings: { closesAt: Date.now() - 1 } })
    expect(await admitOnce(redis(), lobby)).toMatchObject({ phase: 'closed', serving: -1 })
  })

  it('calls no fan while the sale is paused, and resumes after it', async () => {
    const room = await publishTestRoom(redis(), { settings: { paused: 1 } })
    await enterMany(redis(), room, 5)
    expect(await admitOnce(redis(), room)).toMatchObject({ phase: 'paused', entries: 5, serving: -1 })
    await publishTestRoom(redis(), { room, settings: { paused: 0, version: 2 } })
    await admitUntil(redis(), room, 5)
  })

  it('reduces calls by the origins’ health, and calls no fan when no origin is alive', async () => {
    const room = await publishTestRoom(redis(), { settings: { ratePerSecond: 1000 } })
    await admitOnce(redis(), room)
    await enterMany(redis(), room, 900)
    const decide = async (health: number, milliseconds: number) => {
      await redis().hset(roomKeys(room).admission, { tokens: 0 })
      await rewind(room, milliseconds)
      const before = Number(await redis().hget(roomKeys(room).admission, 'at'))
      const state = await admit(redis(), room, { sweepMax: 500, health })
      return { called: (state?.serving ?? -1) + 1, elapsed: (state?.at.getTime() ?? 0) - before }
    }
    const none = await decide(0, 500)
    expect(none.called).toBe(0)
    const fifth = await decide(0.2, 500)
    expect(fifth.called).toBe(Math.floor(0.2 * fifth.elapsed))
  })

  it('limits calls saved up while origins were healthy when the origins are overloaded', async () => {
    const room = await publishTestRoom(redis(), { settings: { ratePerSecond: 1000 } })
    await admitOnce(redis(), room)
    await enterMany(redis(), room, 500)
    // A second's worth is saved, of which the origins can take a hundredth.
    await redis().hset(roomKeys(room).admission, { tokens: 1000 })
    await rewind(room, 1000)
    expect(await admit(redis(), room, { sweepMax: 500, health: 0.01 })).toMatchObject({ serving: 9 })
  })

  it('calls no more fans than there are free slots, counting called fans who may still claim', async () => {
    const room = await publishTestRoom(redis(), { settings: { maxActive: 10 } })
    await enterMany(redis(), room, 100)
    await grantTestPasses(redis(), room, ['a', 'b', 'c', 'd'])
    await admitUntil(redis(), room, 6)
    const states = await Promise.all(Array.from({ length: 100 }, (_, n) => admit(caller(n), room, OPTIONS)))
    expect(states.every((state) => state?.serving === 5)).toBe(true)
  })

  it('fills the slots of passes that have ended', async () => {
    const room = await publishTestRoom(redis(), { settings: { maxActive: 4 } })
    await enterMany(redis(), room, 100)
    await grantTestPasses(redis(), room, ['a', 'b', 'c', 'd'])
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: -1, livePasses: 4 })
    await redis().zadd(roomKeys(room).passes, 1, 'a', 1, 'b')
    await admitUntil(redis(), room, 2)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 1, livePasses: 2 })
    expect(await redis().hkeys(roomKeys(room).pass)).toHaveLength(2)
  })

  it('expects fewer claims the more called fans stay silent, and releases the slots reserved for them', async () => {
    const room = await publishTestRoom(redis(), { settings: { maxActive: 100, graceSeconds: 60 } })
    await enterMany(redis(), room, 400)
    await admitUntil(redis(), room, 100)
    for (let position = 0; position < 10; position += 1) {
      await claimByArrival(redis(), { room, position, account: `account-${position}` })
    }
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 99, livePasses: 10, expected: 90 })
    await ageCalls(room, 61_000)
    // One in ten came, and twenty earlier calls are assumed to have come: the expected share is now (10 + 20) / (100 +
    // 20).
    const state = await admitUntil(redis(), room, 190)
    expect(state.expected).toBeLessThanOrEqual(Math.ceil(90 * 0.25))
    const later = await admitUntil(redis(), room, 300)
    expect(later.livePasses + later.expected).toBeLessThanOrEqual(100)
  })

  it('continues after the grace of a fully claimed call has passed', async () => {
    const room = await publishTestRoom(redis(), { settings: { maxActive: 100, graceSeconds: 60 } })
    await enterMany(redis(), room, 20)
    await admitUntil(redis(), room, 20)
    for (let position = 0; position < 20; position += 1) {
      await claimByArrival(redis(), { room, position, account: `account-${position}` })
    }
    await ageCalls(room, 61_000)
    expect(await admitOnce(redis(), room)).toMatchObject({ livePasses: 20, expected: 0 })
    await enterMany(redis(), room, 5)
    await admitUntil(redis(), room, 25)
    expect(await redis().hget(roomKeys(room).unresolved, 'total')).toBe('5')
  })

  it('calls no more fans than the stock can serve, and none when all of it is held', async () => {
    const room = await publishTestRoom(redis(), { types: [{ type: 1, quantity: 3 }] })
    await enterMany(redis(), room, 50)
    await admitUntil(redis(), room, 3)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 2 })
    await redis().hset(roomKeys(room).stock, 'free:1', 0, 'held:1', 3)
    expect(await admitOnce(redis(), room)).toMatchObject({ serving: 2, stock: [{ free: 0, held: 3 }] })
  })

  it('ignores units whose sale has not begun', async () => {
    const types = [{ type: 1, quantity: 10, from: Date.now() + HOUR_MS }]
    const room = await publishTestRoom(redis(), { types })
    await enterMany(redis(), room, 5)
    const state = await admitOnce(redis(), room)
    expect(state).toMatchObject({ serving: -1, stock: [{ type: 1, quantity: 10, free: 10, onSale: false }] })
  })

  it('returns undefined when Redis does not know the room', async () => {
    expect(await admit(redis(), 'test-unknown', OPTIONS)).toBeUndefined()
  })
})

async function rewindAfterFirst(room: string): Promise<void> {
  await admitOnce(redis(), room)
  await rewind(room, 1000)
}
