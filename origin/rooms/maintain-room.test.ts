import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { redisRuns, rooms } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { checkOutdated } from '../heartbeat/check-outdated.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { maintainRoom, maintainRooms } from './maintain-room.ts'
import { readRoom } from './read-room.ts'
import { noteRuns } from './redis-runs.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const MAINTAINED_MS = 5000

/** A room, and origins that maintain it, each of which reports its run of Redis. */
async function maintainedRoom() {
  const { id } = await makeTestFestival({ db: db(), redis: redis() })
  const keys = roomKeys(id)
  const maintain = async (origin: string, runId: string) => {
    const record = (await readCatalogue(db(), 10_000)).find(({ room }) => room.id === id)
    if (record === undefined) throw new Error('the festival is in MySQL')
    const maintenance = { origin, maintainedMs: MAINTAINED_MS, runs: new Set<string>() }
    const deps = { db: db(), redis: redis(), restoreMs: 0, leaseMs: 10_000, maintenance }
    return await maintainRoom(deps, record, { changed: false, runId })
  }
  /** An old primary to which another origin is still connected, or was long ago. */
  const oldPrimary = () => redis().hset(keys.settings, 'epoch', 1, 'runId', runs.old)
  const runs = { old: randomUUID(), now: randomUUID() }
  await redis().hset(keys.settings, 'runId', runs.old)
  return { id, keys, maintain, runs, oldPrimary }
}

const keptUntil = async (room: string) => Number(await redis().hget(roomKeys(room).settings, 'keptUntil'))

it('H9: maintains a room for a few seconds at a time, by the clock of Redis', async () => {
  const { id, maintain, runs } = await maintainedRoom()
  expect(await keptUntil(id)).toBe(0)
  await maintain('one', runs.old)
  const [seconds] = await redis().time()
  expect(await keptUntil(id)).toBeGreaterThan(Number(seconds) * 1000)
  expect(await keptUntil(id)).toBeLessThanOrEqual((Number(seconds) + 1) * 1000 + MAINTAINED_MS)
  await wipeTestRoom(redis(), id)
  expect(await maintain('one', runs.now)).toBe('built')
  expect(await keptUntil(id)).toBeGreaterThan(Number(seconds) * 1000)
})

it('H9: leaves a room to the origin that maintains it in another Redis, and takes it once that one is silent', async () => {
  const { id, keys, maintain, runs, oldPrimary } = await maintainedRoom()
  expect(await maintain('one', runs.now)).toBe('built')
  await oldPrimary()
  expect(await maintain('two', runs.old)).toBe('outdated')
  expect(await redis().hmget(keys.settings, 'epoch', 'keptUntil')).toEqual(['1', expect.anything()])
  expect(await readRoom(db(), id)).toMatchObject({ epoch: 2, keptRun: runs.now })
  // The lease is free again once no origin maintains the room there any more.
  await expect.poll(() => redis().exists(keys.rebuild), { interval: 5 }).toBe(0)
  await db()
    .update(redisRuns)
    .set({ keptAt: sql`utc_timestamp(3) - interval 20 second` })
    .where(eq(redisRuns.run, runs.now))
  expect(await maintain('two', runs.old)).toBe('built')
  expect(await readRoom(db(), id)).toMatchObject({ epoch: 3, keptRun: runs.old })
})

it('H9: does not renew what an old primary has, so that it promises nothing once it is abandoned', async () => {
  const { id, maintain, runs, oldPrimary } = await maintainedRoom()
  await maintain('one', runs.now)
  await oldPrimary()
  const before = await keptUntil(id)
  await maintain('two', runs.old)
  await createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10_000 }).maintainRooms()
  expect(await keptUntil(id)).toBe(before)
})

it('H9: reports that its Redis is out of date, and gets no requests when all of its rooms are', async () => {
  const { id, maintain, runs, oldPrimary } = await maintainedRoom()
  await maintain('one', runs.now)
  await oldPrimary()
  const maintenance = { origin: 'two', maintainedMs: MAINTAINED_MS }
  const copy = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10_000, maintenance })
  expect((await copy.refresh()).failedRooms).toContain(id)
  expect(copy.outdated()).toContain(id)
  expect(await checkOutdated(copy).run()).toMatchObject([{ code: 'redis-outdated', stops: false }])
  const current = () => copy.current().filter(({ room }) => room.id === id)
  const outdated = () => [id]
  expect(await checkOutdated({ current, outdated }).run()).toMatchObject([{ stops: true }])
  expect(await checkOutdated({ current, outdated: () => [] }).run()).toEqual([])
})

it('maintains the rooms of available nodes while another node is unavailable', async () => {
  const { id, keys } = await maintainedRoom()
  await redis().hdel(keys.settings, 'runId')
  const runs = {
    of(room: string) {
      if (room !== id) throw new Error('its node is unavailable')
      return 'run'
    },
    all: () => 'run',
  }
  const rooms = [
    { id: 'elsewhere', epoch: 1 },
    { id, epoch: 1 },
  ]
  await expect(maintainRooms(redis(), rooms, { runs, maintainedMs: MAINTAINED_MS })).rejects.toThrow(
    'its node is unavailable',
  )
  expect(await keptUntil(id)).toBeGreaterThan(0)
})

it('continues immediately when this origin itself has left the other Redis', async () => {
  const { maintain, runs, oldPrimary } = await maintainedRoom()
  await maintain('one', runs.now)
  await oldPrimary()
  expect(await maintain('one', runs.old)).toBe('built')
})

it('continues immediately with a replica, which has the room in the epoch of MySQL and another run', async () => {
  const { maintain, runs } = await maintainedRoom()
  await noteRuns(db(), [runs.old], 'one')
  await maintain('one', runs.old)
  expect(await maintain('two', runs.now)).toBe('built')
})

it('finds out the run of a room that was built before runs were recorded', async () => {
  const { id, maintain, runs } = await maintainedRoom()
  await db().update(rooms).set({ keptRun: null }).where(eq(rooms.id, id))
  await maintain('one', runs.old)
  expect(await readRoom(db(), id)).toMatchObject({ keptRun: runs.old })
})

it('records a run once a second at most, however many origins report it', async () => {
  const run = randomUUID()
  await noteRuns(db(), [run], 'one')
  const read = () => db().select().from(redisRuns).where(eq(redisRuns.run, run))
  const [first] = await read()
  await Promise.all(Array.from({ length: 20 }, () => noteRuns(db(), [run], 'two')))
  expect(await read()).toEqual([first])
})

it('maintains rooms while a round is delayed, from the last read of MySQL, for a limited time', async () => {
  const { id, keys } = await maintainedRoom()
  let now = Date.now()
  const maintenance = { origin: 'one', maintainedMs: MAINTAINED_MS }
  const deps = { db: db(), redis: redis(), log, festivalsMax: 10_000, maintenance, now: () => now }
  const copy = createCatalogueCopy(deps)
  // The first round finds another run and rebuilds; the second has read the epoch of that.
  await copy.refresh()
  await copy.refresh()
  const lapse = () => redis().hset(keys.settings, 'keptUntil', 1)
  await lapse()
  await copy.maintainRooms()
  expect(await keptUntil(id)).toBe(1)
  now += MAINTAINED_MS
  await copy.maintainRooms()
  expect(await keptUntil(id)).toBeGreaterThan(1)
  await lapse()
  now += 60_000
  await copy.maintainRooms()
  expect(await keptUntil(id)).toBe(1)
})
