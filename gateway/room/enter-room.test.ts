import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { enterRoom } from './enter-room.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000

const enter = (room: string, key = randomBytes(16), n = 0, network?: string) =>
  enterRoom({ redis: caller(n), rememberSeconds: 60 }, room, key, { network })

describe('entering a room', () => {
  it('gives hundreds of concurrent entries a separate index each, with none left out', async () => {
    const room = await publishTestRoom(redis())
    const results = await Promise.all(Array.from({ length: 400 }, (_, n) => enter(room, randomBytes(16), n)))
    const indexes = results.map((result) => (result.status === 'entered' ? result.index : -1))
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i))
  })

  it('gives a repeated entry, even hundreds of times concurrently, the one index of its key', async () => {
    const room = await publishTestRoom(redis())
    await enter(room)
    const key = randomBytes(16)
    const results = await Promise.all(Array.from({ length: 400 }, (_, n) => enter(room, key, n)))
    expect(new Set(results.map((result) => (result.status === 'entered' ? result.index : -1)))).toEqual(
      new Set([1]),
    )
    expect(await redis().strlen(roomKeys(room).entries)).toBe(2 * 16)
  })

  it('logs each entry at its index', async () => {
    const room = await publishTestRoom(redis())
    const keys = [randomBytes(16), randomBytes(16)]
    for (const key of keys) await enter(room, key)
    expect(await redis().getBuffer(roomKeys(room).entries)).toEqual(Buffer.concat(keys))
  })

  it('is refused at the room’s limit, also when hundreds race for the last places, while known entries keep theirs', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesMax: 50 } })
    const admitted = randomBytes(16)
    await enter(room, admitted)
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => enter(room, randomBytes(16), n)))
    expect(results.filter(({ status }) => status === 'entered')).toHaveLength(49)
    expect(results.filter(({ status }) => status === 'full')).toHaveLength(251)
    expect(await enter(room, admitted)).toMatchObject({ status: 'entered', index: 0 })
  })

  it.each([
    ['before the lobby', { lobbyAt: Date.now() + HOUR_MS, opensAt: Date.now() + 2 * HOUR_MS }, 'scheduled'],
    ['after the end', { closesAt: Date.now() - HOUR_MS }, 'closed'],
  ])('is shut %s', async (_, settings, phase) => {
    const room = await publishTestRoom(redis(), { settings })
    expect(await enter(room)).toEqual({ status: 'shut', phase })
  })

  it('is allowed in the lobby', async () => {
    const room = await publishTestRoom(redis(), { settings: { opensAt: Date.now() + HOUR_MS } })
    expect(await enter(room)).toMatchObject({ status: 'entered', index: 0 })
  })

  it('is refused by a Redis that does not know the room, and writes nothing', async () => {
    expect(await enter('test-unknown')).toEqual({ status: 'absent' })
    expect(await redis().exists(roomKeys('test-unknown').entries)).toBe(0)
  })
})

describe('the limit per network address', () => {
  const enterFrom = (room: string, network: string | undefined, n = 0, key = randomBytes(16)) =>
    enter(room, key, n, network)
  const limitedRoom = (entriesPerAddressMax: number) =>
    publishTestRoom(redis(), { settings: { entriesPerAddressMax } })

  it('is exact, also when hundreds from one network race over several connections', async () => {
    const room = await limitedRoom(20)
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => enterFrom(room, '198.51.100.7', n)),
    )
    expect(results.filter(({ status }) => status === 'entered')).toHaveLength(20)
    expect(results.filter(({ status }) => status === 'limited')).toHaveLength(180)
    expect(await redis().strlen(roomKeys(room).entries)).toBe(20 * 16)
  })

  it('is separate for each network and room, and exempts entries without a network', async () => {
    const [room, other] = await Promise.all([limitedRoom(1), limitedRoom(1)])
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered' })
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'limited' })
    expect(await enterFrom(room, '198.51.100.8')).toMatchObject({ status: 'entered' })
    expect(await enterFrom(other, '198.51.100.7')).toMatchObject({ status: 'entered' })
    const ours = await Promise.all(Array.from({ length: 20 }, (_, n) => enterFrom(room, undefined, n)))
    expect(ours.every(({ status }) => status === 'entered')).toBe(true)
  })

  it('neither counts nor refuses repeated entries', async () => {
    const room = await limitedRoom(2)
    const key = randomBytes(16)
    const repeat = (n: number) => enterFrom(room, '198.51.100.7', n, key)
    await Promise.all(Array.from({ length: 20 }, (_, n) => repeat(n)))
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered', index: 1 })
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'limited' })
    expect(await repeat(0)).toMatchObject({ status: 'entered', index: 0 })
  })

  it('does not count refused entries, and resets a minute after the first accepted one', async () => {
    const room = await limitedRoom(2)
    const counter = roomKeys(room).address('198.51.100.7')
    for (let n = 0; n < 10; n += 1) await enterFrom(room, '198.51.100.7', n)
    expect(await redis().get(counter)).toBe('2')
    expect(await redis().pttl(counter)).toBeGreaterThan(0)
    expect(await redis().pttl(counter)).toBeLessThanOrEqual(60_000)
    await redis().pexpire(counter, 29_500)
    expect(await enterFrom(room, '198.51.100.7')).toEqual({ status: 'limited', retryAfterSeconds: 30 })
    await redis().pexpire(counter, 1)
    const later = async () => (await enterFrom(room, '198.51.100.7')).status
    await expect.poll(later).toBe('entered')
  })

  it('follows the setting immediately, and stores nothing while none is set', async () => {
    const room = await limitedRoom(0)
    for (let n = 0; n < 3; n += 1) await enterFrom(room, '198.51.100.7')
    expect(await redis().exists(roomKeys(room).address('198.51.100.7'), roomKeys(room).address(''))).toBe(0)
    const change = (entriesPerAddressMax: number, version: number) =>
      publishTestRoom(redis(), { room, settings: { entriesPerAddressMax, version } })
    await change(1, 2)
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered' })
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'limited' })
    expect(await redis().get(roomKeys(room).address('198.51.100.7'))).toBe('1')
    await change(2, 3)
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered' })
    await change(0, 4)
    expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered' })
  })

  it('does not apply in a room that was published before the setting existed', async () => {
    const room = await limitedRoom(1)
    await redis().hdel(roomKeys(room).settings, 'entriesPerAddressMax')
    for (let n = 0; n < 3; n += 1) {
      expect(await enterFrom(room, '198.51.100.7')).toMatchObject({ status: 'entered', index: n })
    }
  })

  it('reports first that a room is shut or full', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesPerAddressMax: 1, entriesMax: 1 } })
    await enterFrom(room, '198.51.100.7')
    expect(await enterFrom(room, '198.51.100.7')).toEqual({ status: 'full' })
  })
})

describe('C2: the share of a room that one network may take', () => {
  const enterFrom = (room: string, network: string | undefined, n = 0) =>
    enter(room, randomBytes(16), n, network)
  const many = (room: string, network: string | undefined, count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => enterFrom(room, network, n)))
  const entered = (results: readonly { status: string }[]) =>
    results.filter(({ status }) => status === 'entered').length

  it('is exactly a twentieth of its places, and leaves the others to other networks', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesMax: 4000, drawSecret: 'ab' } })
    const results = await many(room, '198.51.100.7', 500)
    expect(entered(results)).toBe(200)
    const crowded = results.filter(({ status }) => status === 'crowded')
    expect(crowded).toEqual(Array.from({ length: 300 }, () => ({ status: 'crowded', limit: 200 })))
    expect(await enterFrom(room, '198.51.100.8')).toMatchObject({ status: 'entered' })
    // Our own requests have no network.
    expect(entered(await many(room, undefined, 300))).toBe(300)
  })

  it('is never so small that it shuts out a household or a mobile network, nor ever the entire room', async () => {
    const small = await publishTestRoom(redis(), { settings: { entriesMax: 1000 } })
    expect(entered(await many(small, '198.51.100.7', 150))).toBe(100)
    const tiny = await publishTestRoom(redis(), { settings: { entriesMax: 20 } })
    expect(entered(await many(tiny, '198.51.100.7', 50))).toBe(10)
    expect(entered(await many(tiny, '198.51.100.8', 50))).toBe(10)
  })

  it('grows when the organiser enlarges the room, and does not count repeated entries', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesMax: 20 } })
    const key = randomBytes(16)
    for (let n = 0; n < 20; n += 1) await enter(room, key, n, '198.51.100.7')
    expect(entered(await many(room, '198.51.100.7', 20))).toBe(9)
    await publishTestRoom(redis(), { room, settings: { entriesMax: 40, version: 2 } })
    expect(entered(await many(room, '198.51.100.7', 20))).toBe(10)
    expect(await enter(room, key, 0, '198.51.100.7')).toMatchObject({ status: 'entered', index: 0 })
  })

  it('takes bounded memory, however many networks enter', async () => {
    const room = await publishTestRoom(redis(), { settings: { entriesMax: 1_000_000 } })
    const networks = Array.from({ length: 2000 }, (_, n) => `2001:db8:${n.toString(16)}::/56`)
    await Promise.all(networks.map((network, n) => enterFrom(room, network, n)))
    const fields = await redis().hkeys(roomKeys(room).chances)
    for (const field of fields) expect(Number(field.slice('from:'.length))).toBeLessThan(16_384)
    expect(fields.length).toBeGreaterThan(1500)
  })
})

describe('H9: repeating an entry after the room was rebuilt', () => {
  it('returns its index again only once its fan has returned it, even if a snapshot has a record of it', async () => {
    const room = await publishTestRoom(redis())
    const keys = roomKeys(room)
    const [stored, lost] = [randomBytes(16), randomBytes(16)]
    await enter(room, stored)
    await enter(room, lost)
    // The second index was lost, and belongs to another fan by now.
    await redis().hset(keys.settings, 'epoch', 2)
    await redis().setrange(keys.entries, 16, randomBytes(16))
    expect(await enter(room, stored)).toMatchObject({ index: 0, epoch: 2 })
    expect(await enter(room, lost)).toMatchObject({ index: 2, epoch: 2 })
    expect(await enter(room, lost)).toMatchObject({ index: 2, epoch: 2 })
  })

  it('returns nothing to a gateway that knows the room from another epoch', async () => {
    const room = await publishTestRoom(redis())
    const by = (epoch: number) =>
      enterRoom({ redis: redis(), rememberSeconds: 60 }, room, randomBytes(16), { epoch })
    expect(await by(2)).toEqual({ status: 'absent' })
    expect(await by(1)).toMatchObject({ status: 'entered', index: 0 })
  })

  it('follows the log for a record of an older version, which names no epoch', async () => {
    const room = await publishTestRoom(redis())
    const keys = roomKeys(room)
    const entry = randomBytes(16)
    await enter(room, entry)
    await redis().set(keys.entry(entry.toString('base64url')), 0)
    expect(await enter(room, entry)).toMatchObject({ index: 0 })
    await redis().setrange(keys.entries, 0, randomBytes(16))
    expect(await enter(room, entry)).toMatchObject({ index: 1 })
  })
})

describe('C1: repeating an entry', () => {
  const drawing = { order: 'draw', drawSecret: 'ab'.repeat(32) } as const

  it('returns the same place until the draw is made, and nothing afterwards', async () => {
    const room = await publishTestRoom(redis(), { settings: drawing })
    const entry = randomBytes(16)
    await enter(room, entry)
    const { admission } = roomKeys(room)
    await redis().hset(admission, 'lobbyEntries', 1)
    expect(await enter(room, entry)).toMatchObject({ status: 'entered', index: 0 })
    await redis().hset(admission, 'seed', 'cd'.repeat(32))
    expect(await enter(room, entry)).toEqual({ status: 'drawn' })
    const late = randomBytes(16)
    expect(await enter(room, late)).toMatchObject({ status: 'entered', index: 1 })
    expect(await enter(room, late)).toMatchObject({ status: 'entered', index: 1 })
  })

  it('is refused under another draw version: a stale gateway logs no key where hashes are expected', async () => {
    const room = await publishTestRoom(redis(), { settings: { ...drawing, drawVersion: 2 } })
    const deps = { redis: redis(), rememberSeconds: 60 }
    expect(await enterRoom(deps, room, randomBytes(16), { drawVersion: 1 })).toEqual({ status: 'absent' })
    expect(await enterRoom(deps, room, randomBytes(16), { drawVersion: 2 })).toMatchObject({ index: 0 })
  })
})
