import { createHash, randomBytes } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { roomBindings } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { parseDrawRecord } from '../../shared/api/draw-record.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { createCheckpoints } from './checkpoint.ts'
import { maintainRoom } from './maintain-room.ts'
import { readRoom } from './read-room.ts'
import { storeBindings } from './store-bindings.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const HOUR_MS = 3_600_000

/** A draw room in its lobby, with this many entries. */
async function lobby(entries: number): Promise<string> {
  const opensAt = new Date(Date.now() + HOUR_MS)
  const { id } = await makeTestFestival(
    { db: db(), redis: redis() },
    { room: { order: 'draw', beacon: 'none', opensAt, participantsPerNetworkMax: 3 } },
  )
  await redis().append(roomKeys(id).entries, randomBytes(16 * entries))
  return id
}

/** Of a place whose token names no account. */
const NO_ENTRY = Buffer.alloc(0)
const PROVEN = { proven: 1 as 0 | 1, network: '', domain: '' }

async function bind(room: string, index: number, account: string, proof = PROVEN, on: Redis = redis()) {
  const keys = roomKeys(room)
  return await on.roomBind(
    ...([keys.settings, keys.entries, keys.accounts, keys.admission, keys.calls, keys.claimed] as const),
    ...([keys.turns, keys.turnEnds, keys.passes, keys.participants, keys.chances, keys.bindings] as const),
    ...([index, account, -1, -1, '', proof.proven, proof.network, proof.domain, NO_ENTRY] as const),
  )
}

async function leave(room: string, index: number, account: string) {
  const keys = roomKeys(room)
  return await redis().roomLeave(
    ...([keys.settings, keys.admission, keys.calls, keys.unresolved, keys.claimed, keys.turns] as const),
    ...([keys.turnEnds, keys.entries, keys.accounts, keys.participants, keys.chances] as const),
    ...([keys.bindings, index, '', account, '', NO_ENTRY] as const),
  )
}

const rowsOf = (room: string) =>
  db()
    .select({
      index: roomBindings.entryIndex,
      account: roomBindings.accountId,
      counted: roomBindings.counted,
    })
    .from(roomBindings)
    .where(eq(roomBindings.roomId, room))
    .orderBy(asc(roomBindings.entryIndex))

/** Everything that Redis stores about bindings. */
async function boundIn(room: string) {
  const { accounts, participants, chances } = roomKeys(room)
  return {
    accounts: await redis().hgetall(accounts),
    participants: (await redis().getBuffer(participants))?.toString('hex'),
    chances: await redis().hgetall(chances),
  }
}

async function rebuild(room: string): Promise<void> {
  const record = (await readCatalogue(db(), 1000)).find((each) => each.room.id === room)
  if (record === undefined) throw new Error('the festival is in MySQL')
  const deps = { db: db(), redis: redis(), restoreMs: 60_000, leaseMs: 10_000 }
  expect(await maintainRoom(deps, record, { changed: true, runId: '' })).toBe('built')
}

const checkpoint = async (room: string) => {
  const row = await readRoom(db(), room)
  await createCheckpoints({ db: db(), redis: redis() }).write([
    { id: room, drawSeed: row?.drawSeed ?? null, drawRecord: row?.drawRecord ?? null },
  ])
}

describe('storing bindings in MySQL', () => {
  it('writes the latest binding of each place, and removes it from the stream', async () => {
    const room = await lobby(4)
    await bind(room, 0, 'a')
    await bind(room, 1, 'b', { ...PROVEN, proven: 0 })
    await bind(room, 2, 'c', { proven: 1, network: 'n', domain: 'd' })
    await leave(room, 0, 'a')
    await bind(room, 3, 'a')
    await storeBindings({ db: db(), redis: redis() }, room)
    expect(await rowsOf(room)).toEqual([
      { index: 0, account: null, counted: '' },
      { index: 1, account: 'b', counted: '' },
      { index: 2, account: 'c', counted: 'n d' },
      { index: 3, account: 'a', counted: ' ' },
    ])
    expect(await redis().xlen(roomKeys(room).bindings)).toBe(0)
  })

  it('never goes back, whichever origin writes what it has read in whatever order', async () => {
    const room = await lobby(300)
    const { bindings } = roomKeys(room)
    for (let index = 0; index < 300; index += 1) await bind(room, index, `fan-${index}`)
    const early = await redis().xrange(bindings, '-', '+')
    for (let index = 0; index < 300; index += 2) await leave(room, index, `fan-${index}`)
    await Promise.all([0, 1, 2].map((n) => storeBindings({ db: db(), redis: caller(n) }, room)))
    // A slow origin writes again what it had read before.
    for (const [id, fields] of early) await redis().xadd(`${bindings}:late`, id, ...fields)
    await redis().rename(`${bindings}:late`, bindings)
    await storeBindings({ db: db(), redis: redis() }, room)
    const rows = await rowsOf(room)
    expect(rows.filter(({ account }) => account === null)).toHaveLength(150)
    expect(rows.filter(({ index, account }) => account === `fan-${index}` && index % 2 === 1)).toHaveLength(
      150,
    )
  })
})

describe('M2: a room whose Redis is wiped', () => {
  it('restores the account of every place, the participants of the draw, and the counts of the limits', async () => {
    const room = await lobby(30)
    for (let index = 0; index < 30; index += 1) {
      const proof = { proven: (index % 3 === 0 ? 0 : 1) as 0 | 1, network: index < 6 ? 'n' : '', domain: '' }
      await bind(room, index, `fan-${index}`, proof)
    }
    await leave(room, 7, 'fan-7')
    await checkpoint(room)
    const before = await boundIn(room)
    await wipeTestRoom(redis(), room)
    await rebuild(room)
    const after = await boundIn(room)
    expect(after.accounts).toEqual(before.accounts)
    expect(after.participants).toBe(before.participants)
    // An account over a limit is recorded as such again with its next request.
    const isLimit = ([name]: [string, string]) => !/^out:|-limit$/.test(name)
    const counts = (all: Record<string, string>) => Object.entries(all).filter(isLimit).toSorted()
    expect(counts(after.chances)).toEqual(counts(before.chances))
    expect(after.chances).toMatchObject({ 'network:n': '3' })
    await redis().hset(roomKeys(room).settings, 'restoringUntil', 1)
    // A copy of the token that was never bound gives no access to the owner's place.
    expect(await bind(room, 1, 'thief')).toEqual(['other-account'])
    expect(await bind(room, 1, 'fan-1')).toEqual(['bound', 'yes'])
    expect(await bind(room, 7, 'fan-8')).toEqual(['elsewhere', 8])
    expect(await bind(room, 5, 'fan-5', { proven: 1, network: 'n', domain: '' })).toEqual([
      'bound',
      'network-limit',
    ])
  })

  it('stores what was still in the stream when Redis was found with an older epoch', async () => {
    const room = await lobby(2)
    await bind(room, 1, 'a')
    await redis().hset(roomKeys(room).settings, 'epoch', '0')
    await rebuild(room)
    expect(await redis().hget(roomKeys(room).accounts, '1')).toBe('a')
  })

  it('stores log and participants of its closed lobby, before there is a seed and with it', async () => {
    const room = await lobby(20)
    for (const index of [2, 3, 19]) await bind(room, index, `fan-${index}`)
    const keys = roomKeys(room)
    const log = (await redis().getBuffer(keys.entries)) ?? Buffer.alloc(0)
    const bitmap = Buffer.from([0b0011_0000, 0, 0b0001_0000])
    const [logHash, participantsHash] = [log, bitmap].map((bytes) =>
      createHash('sha256').update(bytes).digest('hex'),
    )
    await redis().hset(keys.admission, 'lobbyEntries', 20)
    const [status, closed] = await redis().roomClose(
      ...([keys.settings, keys.admission, 1, 20, 3, logHash ?? '', participantsHash ?? ''] as const),
      ...(['', 0, 1, 3000] as const),
    )
    expect(status).toBe('closed')
    await checkpoint(room)
    // A place bound now does not participate, and must not after the wipe either.
    await bind(room, 5, 'late')
    await checkpoint(room)
    await wipeTestRoom(redis(), room)
    await rebuild(room)
    expect(await redis().getBuffer(keys.entries)).toEqual(log)
    expect(await redis().getBuffer(keys.participants)).toEqual(bitmap)
    expect(
      await redis().hmget(keys.admission, 'lobbyEntries', 'logHash', 'participantsHash', 'seed'),
    ).toEqual([...['20', logHash, participantsHash, null]])
    await redis().hset(keys.settings, 'restoringUntil', 1)
    const closedAt = parseDrawRecord(String(closed))?.closing?.closedAt.getTime() ?? 0
    const seed = 'ef'.repeat(32)
    await redis().roomDraw(keys.settings, keys.admission, 2, 20, seed, closedAt, '', 0)
    await checkpoint(room)
    expect(await readRoom(db(), room)).toMatchObject({ drawSeed: seed, lobbyEntries: 20 })
    await wipeTestRoom(redis(), room)
    await rebuild(room)
    expect(await redis().hmget(keys.admission, 'seed', 'signature', 'participants')).toEqual([seed, '', '3'])
    expect(await redis().getBuffer(keys.participants)).toEqual(bitmap)
  })
})
