import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { readChanges } from '../audit-log/read-changes.ts'
import { type CatalogueCopy, createCatalogueCopy } from '../catalogue/catalogue.ts'
import type { NewFestival } from '../catalogue/make-festival.ts'
import { type RoomRow, readCatalogue } from '../festivals/read-catalogue.ts'
import { takeHold } from '../holds/take-hold.ts'
import { makeTestAccounts, makeTestFestival } from '../testing/origin.ts'
import type { RoomChange } from './apply-change.ts'
import { changeRoom } from './change-room.ts'
import { publishRoom } from './publish-room.ts'
import { readRoom } from './read-room.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const SECOND_MS = 1000
const YEAR_MS = 365 * 86_400 * SECOND_MS

let organisers: string[]
const newCatalogue = (): CatalogueCopy =>
  createCatalogueCopy({
    db: db(),
    redis: redis(),
    log: createLogger('test', 'silent'),
    festivalsMax: 1000,
  })

beforeAll(async () => {
  organisers = await makeTestAccounts(db(), 2)
})

const inMs = (ms: number) => new Date(Date.now() + ms)
const upcoming = () => ({
  lobbyAt: inMs(60 * SECOND_MS),
  opensAt: inMs(120 * SECOND_MS),
  closesAt: inMs(180 * SECOND_MS),
})
const inLobby = () => ({ ...upcoming(), lobbyAt: inMs(-60 * SECOND_MS) })
const over = () => ({ lobbyAt: inMs(-3000), opensAt: inMs(-2000), closesAt: inMs(-1000) })

/** A new room, published; open unless specified otherwise. */
async function makeRoom(room: Partial<NewFestival['room']> = {}) {
  const { id } = await makeTestFestival({ db: db(), redis: redis() }, { room })
  const catalogue = newCatalogue()
  const change = (wanted: RoomChange, by = 0) =>
    changeRoom(
      { db: db(), redis: redis(), catalogue },
      { room: id, account: organisers[by] ?? '', change: wanted },
    )
  const changed = async (wanted: RoomChange, by = 0): Promise<RoomRow> => {
    const result = await change(wanted, by)
    if (result.status !== 'changed') throw new Error(JSON.stringify(result))
    return result.room
  }
  return {
    id,
    change,
    changed,
    row: () => readRoom(db(), id),
    log: () => readChanges(db(), { subject: id, limit: 100 }),
    inRedis: () => redis().hgetall(roomKeys(id).settings),
    phase: async () => (await seen(id)).phase,
  }
}

const ROOM_LUA = readFileSync(new URL('../../shared/redis/lua/lib/room.lua', import.meta.url), 'utf8')

/** Settings and phase as every script reads them. */
async function seen(room: string): Promise<{ settings: Record<string, unknown>; phase: string }> {
  const lua = `${ROOM_LUA}
    local settings = read_settings(KEYS[1])
    return cjson.encode({ settings = settings, phase = phase_at(settings, tonumber(ARGV[1])) })`
  return JSON.parse(String(await redis().eval(lua, 1, roomKeys(room).settings, await redisNow())))
}

async function redisNow(): Promise<number> {
  const [seconds, microseconds] = await redis().time()
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

describe('changing a room', () => {
  it('writes the settings and the audit log, and publishes them before it responds', async () => {
    const room = await makeRoom({ ratePerSecond: 5 })
    const from = await redisNow()
    const after = await room.changed({ ratePerSecond: 7, notice: { ko: '곧 시작합니다 🎪', en: 'Soon' } })
    expect(await room.inRedis()).toMatchObject({
      ratePerSecond: '7',
      noticeKo: '곧 시작합니다 🎪',
      noticeEn: 'Soon',
      paused: '0',
      version: '2',
    })
    expect(await room.row()).toEqual(after)
    const [entry, ...more] = await room.log()
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      account: { id: organisers[0], name: 'Test' },
      action: 'room.change',
      before: { ratePerSecond: 5, notice: null },
      after: { ratePerSecond: 7, notice: { ko: '곧 시작합니다 🎪', en: 'Soon' } },
    })
    expect(entry?.at.getTime()).toBeGreaterThanOrEqual(from)
    expect(entry?.at.getTime()).toBeLessThanOrEqual(await redisNow())
  })

  it('writes no log entry and no new version for a change without effect', async () => {
    const room = await makeRoom({ ratePerSecond: 5 })
    expect(
      await room.changed({ ratePerSecond: 5, paused: false, notice: { ko: '', en: null } }),
    ).toMatchObject({
      version: 1,
    })
    expect(await room.log()).toEqual([])
  })

  it('publishes in a later round what could not be published when it was committed', async () => {
    const room = await makeRoom({ ratePerSecond: 5 })
    const deps = { db: db(), redis: redis(), catalogue: { follow: () => Promise.resolve() } }
    const input = { room: room.id, account: organisers[0] ?? '', change: { ratePerSecond: 6 } }
    expect(await changeRoom(deps, input)).toMatchObject({ status: 'changed' })
    expect(await room.inRedis()).toMatchObject({ ratePerSecond: '5' })
    await room.changed(input.change)
    expect(await room.inRedis()).toMatchObject({ ratePerSecond: '6', version: '2' })
    expect(await room.log()).toHaveLength(1)
  })

  it('removes a notice', async () => {
    const room = await makeRoom()
    await room.changed({ notice: { ko: '하나', en: null } })
    expect(await room.changed({ notice: null })).toMatchObject({ noticeKo: null, noticeEn: null })
    expect(await room.inRedis()).toMatchObject({ noticeKo: '', noticeEn: '' })
    expect((await room.log())[0]).toMatchObject({
      before: { notice: { ko: '하나', en: null } },
      after: { notice: null },
    })
  })

  it('stores a notice of digits as text', async () => {
    const room = await makeRoom()
    await room.changed({ notice: { ko: '007', en: '1e3' } })
    expect((await seen(room.id)).settings).toMatchObject({ noticeKo: '007', noticeEn: '1e3' })
  })

  it('reports that a room is missing', async () => {
    const deps = { db: db(), redis: redis(), catalogue: newCatalogue() }
    const input = { room: 'no-such-room', account: organisers[0] ?? '', change: { paused: true } }
    expect(await changeRoom(deps, input)).toEqual({ status: 'missing' })
  })
})

describe('concurrent changes of a room', () => {
  it('are all logged, in order, each with its old and new values', async () => {
    const room = await makeRoom({ maxActive: 1 })
    const wanted = Array.from({ length: 20 }, (_, i) => i + 2)
    await Promise.all(wanted.map((maxActive, i) => room.change({ maxActive }, i % 2)))
    const log = (await room.log()).reverse()
    const left = log.map(({ after }) => after['maxActive'])
    expect(log.map(({ before }) => before['maxActive'])).toEqual([1, ...left.slice(0, -1)])
    expect(left.toSorted((a, b) => Number(a) - Number(b))).toEqual(wanted)
    expect(new Set(log.map(({ account }) => account.id))).toEqual(new Set(organisers))
    const times = log.map(({ at }) => at.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(await room.row()).toMatchObject({ maxActive: left.at(-1), version: 21 })
    expect(await room.inRedis()).toMatchObject({ maxActive: String(left.at(-1)), version: '21' })
  })

  it('change different settings without reverting each other, from different origins', async () => {
    const room = await makeRoom({ maxActive: 1, ratePerSecond: 1 })
    const other = newCatalogue()
    await other.refresh()
    const input = { room: room.id, account: organisers[1] ?? '', change: { ratePerSecond: 9 } }
    await Promise.all([
      room.change({ maxActive: 9 }),
      changeRoom({ db: db(), redis: redis(), catalogue: other }, input),
    ])
    expect(await room.inRedis()).toMatchObject({ maxActive: '9', ratePerSecond: '9', version: '3' })
  })

  it('are not reverted by an origin that publishes an older copy later', async () => {
    const room = await makeRoom({ ratePerSecond: 5 })
    const older = (await readCatalogue(db(), 1000)).find(({ festival }) => festival.id === room.id)
    if (older === undefined) throw new Error('the room is in the catalogue')
    await room.changed({ ratePerSecond: 7, paused: true })
    const [type] = older.ticketTypes
    if (type === undefined) throw new Error('it has a ticket type')
    await publishRoom({ redis: redis() }, { ...older, ticketTypes: [{ ...type, quantity: 150 }] })
    expect(await room.inRedis()).toMatchObject({ ratePerSecond: '7', paused: '1', version: '2' })
    expect(await redis().hget(roomKeys(room.id).stock, `quantity:${type.id}`)).toBe('100')
  })
})

describe('a manual phase', () => {
  it('starts the lobby now', async () => {
    const room = await makeRoom(upcoming())
    expect(await room.phase()).toBe('scheduled')
    await room.changed({ phase: 'lobby' })
    expect(await room.phase()).toBe('lobby')
    expect(Object.keys((await room.log())[0]?.after ?? {})).toEqual(['lobbyAt'])
  })

  it.each([['scheduled', upcoming] as const, ['lobby', inLobby] as const])(
    'opens a room that is %s',
    async (phase, schedule) => {
      const room = await makeRoom(schedule())
      expect(await room.phase()).toBe(phase)
      await room.changed({ phase: 'open' })
      expect(await room.phase()).toBe('open')
    },
  )

  it('pauses, and opens again as it was', async () => {
    const room = await makeRoom()
    const before = await room.row()
    await room.changed({ phase: 'paused' })
    expect(await room.phase()).toBe('paused')
    await room.changed({ phase: 'open' })
    expect(await room.phase()).toBe('open')
    expect(await room.row()).toEqual({ ...before, version: 3 })
  })

  it('closes now, and opens again only with a later end', async () => {
    const room = await makeRoom()
    await room.changed({ phase: 'paused' })
    await room.changed({ phase: 'closed' })
    expect(await room.phase()).toBe('closed')
    expect(await room.change({ phase: 'open' })).toMatchObject({
      status: 'conflict',
      detail: expect.stringContaining('closesAt'),
    })
    await room.changed({ phase: 'open', closesAt: inMs(60_000) })
    expect(await room.phase()).toBe('open')
  })

  it('closes before the opening, keeping its opening time, which a later end restores', async () => {
    const room = await makeRoom(inLobby())
    const opensAt = (await room.row())?.opensAt ?? new Date(0)
    await room.changed({ phase: 'closed' })
    expect(await room.phase()).toBe('closed')
    expect((await room.row())?.opensAt).toEqual(opensAt)
    await room.changed({ closesAt: new Date(opensAt.getTime() + 60_000) })
    expect(await room.phase()).toBe('lobby')
  })

  it('closes again without moving the end it had', async () => {
    const room = await makeRoom(over())
    const before = await room.row()
    expect(await room.changed({ phase: 'closed' })).toEqual(before)
  })

  it('returns to the lobby with a later opening', async () => {
    const room = await makeRoom()
    expect(await room.change({ phase: 'lobby' })).toMatchObject({ status: 'conflict' })
    await room.changed({ phase: 'lobby', opensAt: inMs(60_000) })
    expect(await room.phase()).toBe('lobby')
  })

  it('lets admitted fans of a paused room continue buying', async () => {
    const room = await publishTestRoom(redis(), { settings: { paused: 1 } })
    const [passId = ''] = await grantTestPasses(redis(), room, ['fan'])
    const basket = [{ type: 1, quantity: 1 }]
    expect(await takeHold(redis(), { room, account: 'fan', passId, basket })).toMatchObject({
      status: 'held',
    })
  })

  it('is open in a room that was published before rooms could be paused', async () => {
    const room = await publishTestRoom(redis())
    const old = ['paused', 'version', 'noticeKo', 'noticeEn']
    await redis().hdel(roomKeys(room).settings, ...old)
    expect(await seen(room)).toMatchObject({ phase: 'open' })
    await publishTestRoom(redis(), { room, settings: { paused: 1 } })
    expect(await seen(room)).toMatchObject({ phase: 'paused' })
  })
})

describe('a schedule', () => {
  it.each([
    ['ten seconds', 10 * SECOND_MS],
    ['ten years', 10 * YEAR_MS],
  ])('%s ahead is stored to the millisecond', async (_, ms) => {
    const room = await makeRoom()
    const opensAt = inMs(ms)
    const closesAt = new Date(opensAt.getTime() + 1)
    await room.changed({ lobbyAt: opensAt, opensAt, closesAt })
    expect(await room.row()).toMatchObject({ lobbyAt: opensAt, opensAt, closesAt })
    expect(await room.inRedis()).toMatchObject({
      opensAt: String(opensAt.getTime()),
      closesAt: String(closesAt.getTime()),
    })
    expect(await room.phase()).toBe('scheduled')
  })

  it('takes effect automatically, without a request', async () => {
    const room = await makeRoom()
    const now = await redisNow()
    await room.changed({
      lobbyAt: new Date(now + 400),
      opensAt: new Date(now + 800),
      closesAt: new Date(now + 1200),
    })
    const seen: unknown[] = []
    while (seen.at(-1) !== 'closed') {
      const phase = await room.phase()
      if (seen.at(-1) !== phase) seen.push(phase)
    }
    expect(seen).toEqual(['scheduled', 'lobby', 'open', 'closed'])
  })
})

describe('a change that is refused', () => {
  const drawn = async (id: string) => {
    await redis().hset(roomKeys(id).admission, 'lobbyEntries', 0)
  }
  const called = async (id: string) => {
    await redis().hset(roomKeys(id).admission, 'serving', 3)
  }
  type Case = {
    room?: () => Partial<NewFestival['room']>
    prepare?: (id: string) => Promise<void>
    change: () => RoomChange
  }

  it.each<[string, Case]>([
    ['closes before it opens', { room: upcoming, change: () => ({ closesAt: inMs(-YEAR_MS) }) }],
    ['opens before its lobby', { room: upcoming, change: () => ({ opensAt: inMs(30_000) }) }],
    [
      'closes as it opens',
      { room: upcoming, change: () => ({ opensAt: inMs(YEAR_MS), closesAt: inMs(YEAR_MS) }) },
    ],
    ['has a lobby after it opened', { change: () => ({ phase: 'lobby' }) }],
    ['opens after it closed', { room: over, change: () => ({ phase: 'open' }) }],
    ['has no rate', { change: () => ({ ratePerSecond: 0 }) }],
    ['has half a slot', { change: () => ({ maxActive: 1.5 }) }],
    ['has passes for a day', { change: () => ({ passSeconds: 86_400 }) }],
    ['is drawn after it opened', { change: () => ({ order: 'draw' }) }],
    [
      'is drawn less than a second before it opens',
      { room: () => ({ ...inLobby(), opensAt: inMs(500) }), change: () => ({ order: 'draw' }) },
    ],
    [
      'is drawn after someone was called',
      { room: inLobby, prepare: called, change: () => ({ order: 'draw' }) },
    ],
    [
      'opens another time after the draw',
      { room: () => ({ order: 'draw' }), prepare: drawn, change: () => ({ opensAt: inMs(30_000) }) },
    ],
    [
      'has a lobby again after the draw',
      {
        room: () => ({ order: 'draw' }),
        prepare: drawn,
        change: () => ({ phase: 'lobby', opensAt: inMs(30_000) }),
      },
    ],
  ])('because the room %s changes nothing', async (_, { room: values, prepare, change }) => {
    const room = await makeRoom(values?.())
    await prepare?.(room.id)
    const before = [await room.row(), await room.inRedis()]
    const { status } = await room.change({ ratePerSecond: 77, ...change() })
    expect(['conflict', 'invalid']).toContain(status)
    expect([await room.row(), await room.inRedis()]).toEqual(before)
    expect(await room.log()).toEqual([])
  })

  it('changes nothing when it fails', async () => {
    const room = await makeRoom()
    const before = await room.row()
    const input = { room: room.id, account: 'not-an-account', change: { paused: true } }
    await expect(changeRoom({ db: db(), redis: redis(), catalogue: newCatalogue() }, input)).rejects.toThrow()
    expect(await room.row()).toEqual(before)
    expect(await room.inRedis()).toMatchObject({ paused: '0', version: '1' })
  })
})

describe('the order of a room', () => {
  it('may change until it opens, both ways', async () => {
    const room = await makeRoom(inLobby())
    await room.changed({ order: 'draw' })
    expect(await room.inRedis()).toMatchObject({ order: 'draw' })
    await room.changed({ order: 'arrival' })
    expect(await room.inRedis()).toMatchObject({ order: 'arrival' })
  })

  it('may change while the room is opened manually', async () => {
    const room = await makeRoom(inLobby())
    await room.changed({ order: 'draw', phase: 'open' })
    expect(await room.phase()).toBe('open')
    expect(await room.inRedis()).toMatchObject({ order: 'draw' })
  })

  it('fixes its settings for the beacon once the lobby has begun, and not its other rules', async () => {
    const room = await makeRoom({ ...inLobby(), order: 'draw' })
    expect(await room.change({ beacon: 'none' })).toMatchObject({ status: 'conflict' })
    await room.changed({ beacon: 'preferred', participantsPerNetworkMax: 0 })
    expect(await room.inRedis()).toMatchObject({ beacon: 'preferred', participantsPerNetworkMax: '0' })
    const early = await makeRoom({ order: 'draw', lobbyAt: inMs(60_000), opensAt: inMs(120_000) })
    await early.changed({ beacon: 'required' })
    expect(await early.inRedis()).toMatchObject({ beacon: 'required' })
  })

  it('lets a drawn room be closed and opened again, and its other settings change', async () => {
    const room = await makeRoom({ order: 'draw' })
    await redis().hset(roomKeys(room.id).admission, 'lobbyEntries', 0)
    await room.changed({ phase: 'closed' })
    await room.changed({ phase: 'open', closesAt: inMs(60_000), ratePerSecond: 3 })
    expect(await room.phase()).toBe('open')
  })
})
