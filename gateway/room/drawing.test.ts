import { createHash, createHmac, randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { enterMany } from '../testing/room.ts'
import { bindPlace } from './bind-place.ts'
import { commitmentOf, type Draw, firstSeedOf, positionOf, seedOf } from './draw.ts'
import { readEntries, readParticipants } from './draw-log.ts'
import { enterRoom } from './enter-room.ts'
import { closeLobby, drawClosed, drawFirstVersion } from './make-draw.ts'
import { createParticipants } from './participants.ts'
import { createSnapshots, type Snapshots } from './snapshot.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000
const secret = randomBytes(32)
const drawing = { order: 'draw', drawSecret: secret.toString('hex') } as const

/** Separate from the origins of the other tests. */
const originsKey = `test-origins-${randomBytes(6).toString('hex')}`

const gateway = (n: number): Snapshots =>
  createSnapshots({
    redis: caller(n),
    originsKey,
    options: { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 },
  })

beforeAll(async () => {
  await redis().originHeartbeat(originsKey, 'test', 1000)
})

/** A room with the given numbers of lobby entries and participants, and a way to open it. */
async function lobby(entries: number, { drawVersion = 2, taking = [] as readonly number[] } = {}) {
  const settings = { ...drawing, drawVersion }
  const room = await publishTestRoom(redis(), { settings: { ...settings, opensAt: Date.now() + HOUR_MS } })
  await enterMany(redis(), room, entries)
  for (const index of taking) expect((await take(room, index)).status).toBe('bound')
  const open = () => publishTestRoom(redis(), { room, settings: { ...settings, version: 2 } })
  return { room, open }
}

/** Binds a place to a separate proven account. */
const take = (room: string, index: number, n = 0) =>
  bindPlace(
    caller(n),
    { room, index, account: `fan-${index}`, proof: { network: '', domain: '' } },
    () => undefined,
  )

/** Runs a gateway's refreshes until the draw is made. */
async function drawn(snapshots: Snapshots, room: string): Promise<Draw> {
  await expect
    .poll(async () => {
      await snapshots.refresh([room])
      return snapshots.of(room)?.status.draw?.drawn
    })
    .toBe(true)
  const draw = snapshots.of(room)?.state.draw
  if (draw === undefined) throw new Error('the draw is made')
  return draw
}

async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const logOf = (room: string, count: number) => gather(readEntries(redis(), room, count))
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()

describe('a room with a draw', () => {
  it('publishes its commitment from the beginning, and neither secret nor order', async () => {
    const { room } = await lobby(3)
    const snapshots = gateway(0)
    await snapshots.refresh([room])
    const commitment = sha256(secret).toString('hex')
    expect(snapshots.of(room)?.status.draw).toEqual({ version: 2, beacon: 'none', commitment, drawn: false })
    expect(JSON.stringify(snapshots.of(room)?.status)).not.toContain(secret.toString('hex'))
    expect(positionOf(0, snapshots.of(room)?.state.draw)).toBeUndefined()
  })

  it('calls no fan until the draw is made, then those who come first in it', async () => {
    const { room, open } = await lobby(50, { taking: [3, 7, 20, 49] })
    await open()
    const snapshots = gateway(0)
    await snapshots.refresh([room])
    expect(snapshots.of(room)?.state).toMatchObject({
      phase: 'open',
      serving: -1,
      draw: { lobbyEntries: 50 },
    })
    const draw = await drawn(snapshots, room)
    await expect
      .poll(async () => {
        await snapshots.refresh([room])
        return snapshots.of(room)?.state.serving
      })
      .toBeGreaterThan(0)
    const positions = Array.from({ length: 50 }, (_, index) => positionOf(index, draw) ?? -1)
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect([3, 7, 20, 49].map((index) => positions[index]).toSorted()).toEqual([0, 1, 2, 3])
    expect(positions[0]).toBe(4)
  })

  it('records its closing: N, participants, and the hashes of both, as they can be read', async () => {
    const { room, open } = await lobby(20, { taking: [1, 19] })
    await open()
    const snapshots = gateway(0)
    const draw = await drawn(snapshots, room)
    const participants = await gather(readParticipants(redis(), room, 20))
    expect(participants).toEqual(Buffer.from([0b0100_0000, 0, 0b0001_0000]))
    expect(draw).toMatchObject({
      lobbyEntries: 20,
      closing: {
        participants: 2,
        logHash: sha256(await logOf(room, 20)).toString('hex'),
        participantsHash: sha256(participants).toString('hex'),
        round: undefined,
      },
      signature: '',
    })
    expect(snapshots.of(room)?.status.draw?.closing).toMatchObject({ participants: 2 })
  })

  it('derives the seed from secret, room and closing alone where there is no beacon', async () => {
    const { room, open } = await lobby(20, { taking: [4] })
    await open()
    const { seed, closing } = await drawn(gateway(0), room)
    const expected = createHmac('sha256', secret)
      .update(room)
      .update('\0')
      .update(Buffer.from([0, 0, 0, 0, 0, 0, 0, 20]))
      .update(sha256(await logOf(room, 20)))
      .update(sha256(Buffer.from([0b0000_1000, 0, 0])))
      .update(Buffer.alloc(8 + 32))
      .digest('hex')
    expect(seed?.toString('hex')).toBe(expected)
    if (closing === undefined) throw new Error('the lobby has closed')
    expect(seedOf(secret, room, 20, closing, '').toString('hex')).toBe(expected)
  })

  it('draws among the entire lobby when it was published under version 1', async () => {
    const { room, open } = await lobby(20, { drawVersion: 1 })
    await open()
    const draw = await drawn(gateway(0), room)
    expect(draw.seed).toEqual(firstSeedOf(secret, room, 20, sha256(await logOf(room, 20))))
    expect(draw).toMatchObject({ version: 1, closing: undefined })
    const positions = Array.from({ length: 20 }, (_, index) => positionOf(index, draw) ?? -1)
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('closes once, when many gateways open it while fans enter and bind', async () => {
    const { room, open } = await lobby(200)
    const gateways = Array.from({ length: 30 }, (_, n) => gateway(n))
    const arriving = Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        if (n === 100) await open()
        await take(room, n % 200, n)
        await enterRoom({ redis: caller(n), rememberSeconds: 60 }, room, randomBytes(16))
      }),
    )
    const draws = await Promise.all(gateways.map((snapshots) => drawn(snapshots, room)))
    await arriving
    const seeds = new Set(draws.map(({ seed }) => seed?.toString('hex')))
    const closings = new Set(
      draws.map(({ lobbyEntries, closing }) => JSON.stringify([lobbyEntries, closing])),
    )
    expect([seeds.size, closings.size]).toEqual([1, 1])
    const [draw] = draws
    const n = draw?.lobbyEntries ?? -1
    // Nothing that came later has changed the record.
    expect(draw?.closing).toMatchObject({
      logHash: sha256(await logOf(room, n)).toString('hex'),
      participantsHash: sha256(await gather(readParticipants(redis(), room, n))).toString('hex'),
    })
    expect((await take(room, n, 1)) as unknown).toMatchObject({ participates: { reason: 'too-late' } })
  })

  it('is drawn by another gateway when the first one dies after the opening', async () => {
    const { room, open } = await lobby(10)
    await open()
    const dying = createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent') })
    await dying.connect()
    // Its first decision fixes who takes part; then it dies.
    await redis().hset(roomKeys(room).admission, { lobbyEntries: 10 })
    dying.disconnect()
    await enterMany(redis(), room, 5)
    const draw = await drawn(gateway(1), room)
    expect(draw.lobbyEntries).toBe(10)
    expect(positionOf(10, draw)).toBe(10)
  })

  it('ignores another closing or seed once it has one', async () => {
    const { room, open } = await lobby(4, { taking: [2] })
    await open()
    const { seed, closing } = await drawn(gateway(0), room)
    if (closing === undefined) throw new Error('the lobby has closed')
    await redis().setbit(roomKeys(room).participants, 0, 1)
    const other = { room, epoch: 1, secret: randomBytes(32), lobbyEntries: 4 }
    expect((await closeLobby(redis(), other, undefined))?.closing).toEqual(closing)
    expect((await drawClosed(redis(), other, closing, ''))?.seed).toBe(seed?.toString('hex'))
    expect(await drawClosed(redis(), { ...other, lobbyEntries: 5 }, closing, '')).toBeUndefined()
    await drawFirstVersion(redis(), other)
    expect(await redis().hget(roomKeys(room).admission, 'seed')).toBe(seed?.toString('hex'))
  })

  it('draws among no entries when none takes part, or the lobby was empty', async () => {
    for (const entries of [0, 9]) {
      const { room, open } = await lobby(entries)
      await open()
      const draw = await drawn(gateway(0), room)
      expect(draw).toMatchObject({ lobbyEntries: entries, closing: { participants: 0 } })
      await enterMany(redis(), room, 1)
      for (let index = 0; index <= entries; index += 1) expect(positionOf(index, draw)).toBe(index)
    }
  })

  it('delays no other room’s status while a big one is drawn, and never blocks this process for long', async () => {
    const { room, open } = await lobby(0)
    const { entries, participants, admission } = roomKeys(room)
    const MILLION = 1_000_000
    await redis().set(entries, randomBytes(16 * MILLION))
    await redis().set(participants, randomBytes(MILLION / 8))
    const other = await publishTestRoom(redis())
    const snapshots = gateway(0)
    await open()
    await snapshots.refresh([room, other])
    // The refresh ends before the draw is made, which continues alongside the next ones.
    expect(await redis().hget(admission, 'closedAt')).toBeNull()
    expect(snapshots.of(other)?.status).toMatchObject({ phase: 'open', stale: false })
    let turns = 0
    const drawing = drawn(snapshots, room)
    const done = drawing.then(() => true)
    while (!(await Promise.race([done, nextTurn(false)]))) turns += 1
    // The log alone is 16 chunks, and other requests are served between two of them.
    expect(turns).toBeGreaterThan(16)
    const draw = await drawing
    expect(draw.lobbyEntries).toBe(MILLION)
    const positions = new Uint8Array(MILLION)
    for (let index = 0; index < MILLION; index += 997) {
      const position = positionOf(index, draw) ?? -1
      expect(positions[position]).toBe(0)
      positions[position] = 1
    }
  })
})

describe('the positions', () => {
  const SIZE = 2000
  const DRAWS = 12
  const everybody = createParticipants(Buffer.alloc(SIZE / 8, 0xff))
  const draws = Array.from({ length: DRAWS }, (_, i) => ({
    version: 2 as const,
    secret,
    beacon: 'none' as const,
    lobbyEntries: SIZE,
    ...{ closing: undefined, signature: '', participants: everybody },
    seed: createHash('sha256').update(`fixed ${i}`).digest(),
  }))
  const positions = draws.map((draw) =>
    Array.from({ length: SIZE }, (_, index) => positionOf(index, draw) ?? -1),
  )

  it('of a draw are independent of the order of arrival (Kendall tau near 0)', () => {
    for (const order of positions) expect(Math.abs(kendallTau(order))).toBeLessThan(0.06)
  })

  it('of a room by arrival equal the order of arrival (Kendall tau 1)', () => {
    expect(kendallTau(Array.from({ length: 500 }, (_, index) => positionOf(index, undefined) ?? -1))).toBe(1)
  })

  it('of early and late entries are spread uniformly over the queue (chi-square)', () => {
    const PARTS = 10
    const counts = Array.from({ length: PARTS * PARTS }, () => 0)
    for (const order of positions) {
      for (const [index, position] of order.entries()) {
        const cell = Math.floor((index * PARTS) / SIZE) * PARTS + Math.floor((position * PARTS) / SIZE)
        counts[cell] = (counts[cell] ?? 0) + 1
      }
    }
    const expected = (SIZE * DRAWS) / (PARTS * PARTS)
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 81 degrees of freedom, since rows and columns add up: one in a thousand fair draws exceeds 126.
    expect(chiSquare).toBeLessThan(126)
    expect(chiSquare).toBeGreaterThan(40)
  })
})

it('commits to a secret by its SHA-256', () => {
  expect(commitmentOf(Buffer.from('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

/** +1 when every pair is in order, −1 when none is. */
function kendallTau(order: readonly number[]): number {
  let concordant = 0
  const pairs = (order.length * (order.length - 1)) / 2
  for (const [i, a] of order.entries()) {
    for (let j = i + 1; j < order.length; j += 1) if ((order[j] ?? 0) > a) concordant += 1
  }
  return (2 * concordant) / pairs - 1
}

it('makes no draw in a room that was closed before its opening, until it opens after all', async () => {
  const opensAt = Date.now() + 3_600_000
  const room = await publishTestRoom(redis(), { settings: { ...drawing, opensAt } })
  await enterMany(redis(), room, 3)
  await publishTestRoom(redis(), { room, settings: { ...drawing, opensAt: 0, closesAt: 1, version: 2 } })
  const snapshots = gateway(0)
  for (let turn = 0; turn < 3; turn += 1) await snapshots.refresh([room])
  expect(snapshots.of(room)?.state).toMatchObject({ phase: 'closed', draw: { lobbyEntries: undefined } })
  await publishTestRoom(redis(), { room, settings: { ...drawing, version: 3 } })
  expect((await drawn(snapshots, room)).lobbyEntries).toBe(3)
})
