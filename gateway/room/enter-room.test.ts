import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { enterRoom } from './enter-room.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000

const enter = (room: string, key = randomBytes(16), n = 0) =>
  enterRoom({ redis: caller(n), rememberSeconds: 60 }, room, key)

describe('entering a room', () => {
  it('gives hundreds who enter at once an index each, with none left out', async () => {
    const room = await publishTestRoom(redis())
    const results = await Promise.all(Array.from({ length: 400 }, (_, n) => enter(room, randomBytes(16), n)))
    const indexes = results.map((result) => (result.status === 'entered' ? result.index : -1))
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i))
  })

  it('gives everyone who repeats an entry, even hundreds at once, the one index of its key', async () => {
    const room = await publishTestRoom(redis())
    await enter(room)
    const key = randomBytes(16)
    const results = await Promise.all(Array.from({ length: 400 }, (_, n) => enter(room, key, n)))
    expect(new Set(results.map((result) => (result.status === 'entered' ? result.index : -1)))).toEqual(
      new Set([1]),
    )
    expect(await redis().strlen(roomKeys(room).entries)).toBe(2 * 16)
  })

  it('logs the key of each entry at its index', async () => {
    const room = await publishTestRoom(redis())
    const keys = [randomBytes(16), randomBytes(16)]
    for (const key of keys) await enter(room, key)
    expect(await redis().getBuffer(roomKeys(room).entries)).toEqual(Buffer.concat(keys))
  })

  it('is full at its limit, also when hundreds race for the last places, and still knows those inside', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesMax: 50 } })
    const inside = randomBytes(16)
    await enter(room, inside)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => enter(room, randomBytes(16), n)))
    expect(results.filter(({ status }) => status === 'entered')).toHaveLength(49)
    expect(results.filter(({ status }) => status === 'full')).toHaveLength(251)
    expect(await enter(room, inside)).toMatchObject({ status: 'entered', index: 0 })
  })

  it.each([
    ['before the lobby', { lobbyAt: Date.now() + HOUR_MS, opensAt: Date.now() + 2 * HOUR_MS }, 'scheduled'],
    ['after the end', { closesAt: Date.now() - HOUR_MS }, 'closed'],
  ])('is shut %s', async (_, settings, phase) => {
    const room = await publishTestRoom(redis(), { settings })
    expect(await enter(room)).toEqual({ status: 'shut', phase })
  })

  it('is open in the lobby', async () => {
    const room = await publishTestRoom(redis(), { settings: { opensAt: Date.now() + HOUR_MS } })
    expect(await enter(room)).toMatchObject({ status: 'entered', index: 0 })
  })

  it('is refused by a Redis that does not know the room, and leaves nothing there', async () => {
    expect(await enter('test-unknown')).toEqual({ status: 'absent' })
    expect(await redis().exists(roomKeys('test-unknown').entries)).toBe(0)
  })
})
