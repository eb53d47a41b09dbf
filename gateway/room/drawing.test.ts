import { createHash, createHmac, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import { createRedis } from '../../shared/redis/client.ts'
import { ORIGINS_KEY, roomKeys } from '../../shared/redis/keys.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { commitmentOf, drawLots, positionOf, readEntries, seedOf } from './draw.ts'
import { enterRoom } from './enter-room.ts'
import { createSnapshots, type Snapshots } from './snapshot.ts'
import { enterMany } from './testing.ts'

const { redis, caller } = useRedis(4)
const HOUR_MS = 3_600_000
const secret = randomBytes(32)
const drawing = { order: 'draw', drawSecret: secret.toString('hex') } as const

const gateway = (n: number): Snapshots =>
  createSnapshots({
    redis: caller(n),
    options: { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 },
  })

beforeAll(async () => {
  await redis().originBeat(ORIGINS_KEY, 'test', 1000)
})

/** A room whose lobby so many have entered, and a way to open it. */
async function lobby(entries: number) {
  const room = await publishTestRoom(redis(), { settings: { ...drawing, opensAt: Date.now() + HOUR_MS } })
  await enterMany(redis(), room, entries)
  const open = () => publishTestRoom(redis(), { room, settings: { ...drawing, version: 2 } })
  return { room, open }
}

/** Lets a gateway turn until the lots are drawn. */
async function drawn(snapshots: Snapshots, room: string) {
  await expect
    .poll(async () => {
      await snapshots.refresh([room])
      return snapshots.of(room)?.status.draw?.drawn
    })
    .toBe(true)
  const draw = snapshots.of(room)?.state.draw
  if (draw === undefined) throw new Error('the lots are drawn')
  return draw
}

async function logOf(room: string, count: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of readEntries(redis(), room, count)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a room that draws lots', () => {
  it('shows its commitment from the beginning, and neither secret nor order', async () => {
    const { room } = await lobby(3)
    const snapshots = gateway(0)
    await snapshots.refresh([room])
    const commitment = createHash('sha256').update(secret).digest('hex')
    expect(snapshots.of(room)?.status.draw).toEqual({ commitment, drawn: false })
    expect(JSON.stringify(snapshots.of(room)?.status)).not.toContain(secret.toString('hex'))
    expect(positionOf(0, snapshots.of(room)?.state.draw)).toBeUndefined()
  })

  it('calls nobody until the lots are drawn, then those who come first in the draw', async () => {
    const { room, open } = await lobby(50)
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
  })

  it('follows from secret, room, number and log alone', async () => {
    const { room, open } = await lobby(20)
    await open()
    const { seed } = await drawn(gateway(0), room)
    const count = Buffer.from([0, 0, 0, 0, 0, 0, 0, 20])
    const entries = createHash('sha256')
      .update(await logOf(room, 20))
      .digest()
    const expected = createHmac('sha256', secret)
      .update(room)
      .update('\0')
      .update(count)
      .update(entries)
      .digest('hex')
    expect(seed?.toString('hex')).toBe(expected)
  })

  it('draws once among the same entries, when many gateways open it while fans go on entering', async () => {
    const { room, open } = await lobby(200)
    const gateways = Array.from({ length: 30 }, (_, n) => gateway(n))
    await open()
    const entering = Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        enterRoom({ redis: caller(n), rememberSeconds: 60 }, room, randomBytes(16)),
      ),
    )
    const draws = await Promise.all(gateways.map((snapshots) => drawn(snapshots, room)))
    await entering
    expect(new Set(draws.map(({ seed }) => seed?.toString('hex'))).size).toBe(1)
    const [n = 0] = new Set(draws.map(({ lobbyEntries }) => lobbyEntries))
    expect(new Set(draws.map(({ lobbyEntries }) => lobbyEntries)).size).toBe(1)
    const entriesHash = createHash('sha256')
      .update(await logOf(room, n))
      .digest()
    expect(draws[0]?.seed).toEqual(seedOf(secret, room, n, entriesHash))
  })

  it('is drawn by another gateway when the first one dies after the opening', async () => {
    const { room, open } = await lobby(10)
    await open()
    const dying = createRedis({ url: redisUrl(), name: 'test', log: createLogger('test', 'silent') })
    await dying.connect()
    // Its first decision fixes who takes part; then it is gone.
    await redis().hset(roomKeys(room).admission, { lobbyEntries: 10 })
    dying.disconnect()
    await enterMany(redis(), room, 5)
    const draw = await drawn(gateway(1), room)
    expect(draw.lobbyEntries).toBe(10)
    expect(positionOf(10, draw)).toBe(10)
  })

  it('keeps the seed it has, whoever offers another', async () => {
    const { room, open } = await lobby(4)
    await open()
    const { seed } = await drawn(gateway(0), room)
    await drawLots(redis(), { room, epoch: 1 }, randomBytes(32), 4)
    expect(await redis().hget(roomKeys(room).admission, 'seed')).toBe(seed?.toString('hex'))
    expect(await redis().roomDraw(roomKeys(room).settings, roomKeys(room).admission, 1, 5, 'ff')).toEqual([
      'changed',
    ])
  })

  it('draws among nobody when the lobby was empty', async () => {
    const { room, open } = await lobby(0)
    await open()
    const draw = await drawn(gateway(0), room)
    expect(draw.lobbyEntries).toBe(0)
    await enterMany(redis(), room, 1)
    expect(positionOf(0, draw)).toBe(0)
  })
})

describe('the positions', () => {
  const SIZE = 2000
  const DRAWS = 12
  const draws = Array.from({ length: DRAWS }, (_, i) => ({
    secret,
    lobbyEntries: SIZE,
    seed: createHash('sha256').update(`fixed ${i}`).digest(),
  }))
  const positions = draws.map((draw) =>
    Array.from({ length: SIZE }, (_, index) => positionOf(index, draw) ?? -1),
  )

  it('of a draw have nothing to do with the order of arrival (Kendall tau near 0)', () => {
    for (const order of positions) expect(Math.abs(kendallTau(order))).toBeLessThan(0.06)
  })

  it('of a room by arrival are the order of arrival (Kendall tau 1)', () => {
    expect(kendallTau(Array.from({ length: 500 }, (_, index) => positionOf(index, undefined) ?? -1))).toBe(1)
  })

  it('are uniform: early and late entries land in every part of the line alike (chi-square)', () => {
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
    // 81 degrees of freedom, since rows and columns add up: beyond 126 in one of a thousand fair draws.
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

it('draws no lots in a room that was closed before its opening, until it opens after all', async () => {
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
