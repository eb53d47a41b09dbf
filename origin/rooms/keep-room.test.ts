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
import { keepOn, keepRoom } from './keep-room.ts'
import { readRoom } from './read-room.ts'
import { noteRuns } from './redis-runs.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const KEPT_MS = 5000

/** A room, and origins that maintain it, each of which reports its run of Redis. */
async function keptRoom() {
  const { id } = await makeTestFestival({ db: db(), redis: redis() })
  const keys = roomKeys(id)
  const keep = async (origin: string, runId: string) => {
    const record = (await readCatalogue(db(), 10_000)).find(({ room }) => room.id === id)
    if (record === undefined) throw new Error('the festival is in MySQL')
    const keeping = { origin, keptMs: KEPT_MS, runs: new Set<string>() }
    const deps = { db: db(), redis: redis(), restoreMs: 0, leaseMs: 10_000, keeping }
    return await keepRoom(deps, record, { changed: false, runId })
  }
  /** An old primary to which another origin is still connected, or was long ago. */
  const oldPrimary = () => redis().hset(keys.settings, 'epoch', 1, 'runId', runs.old)
  const runs = { old: randomUUID(), now: randomUUID() }
  await redis().hset(keys.settings, 'runId', runs.old)
  return { id, keys, keep, runs, oldPrimary }
}

const keptUntil = async (room: string) => Number(await redis().hget(roomKeys(room).settings, 'keptUntil'))

it('H9: maintains a room for a few seconds at a time, by the clock of Redis', async () => {
  const { id, keep, runs } = await keptRoom()
  expect(await keptUntil(id)).toBe(0)
  await keep('one', runs.old)
  const [seconds] = await redis().time()
  expect(await keptUntil(id)).toBeGreaterThan(Number(seconds) * 1000)
  expect(await keptUntil(id)).toBeLessThanOrEqual((Number(seconds) + 1) * 1000 + KEPT_MS)
  await wipeTestRoom(redis(), id)
  expect(await keep('one', runs.now)).toBe('built')
  expect(await keptUntil(id)).toBeGreaterThan(Number(seconds) * 1000)
})

it('H9: leaves a room to the origin that maintains it in another Redis, and takes it once that one is silent', async () => {
  const { id, keys, keep, runs, oldPrimary } = await keptRoom()
  expect(await keep('one', runs.now)).toBe('built')
  await oldPrimary()
  expect(await keep('two', runs.old)).toBe('outdated')
  expect(await redis().hmget(keys.settings, 'epoch', 'keptUntil')).toEqual(['1', expect.anything()])
  expect(await readRoom(db(), id)).toMatchObject({ epoch: 2, keptRun: runs.now })
  // The lease is free again once no origin maintains the room there any more.
  await expect.poll(() => redis().exists(keys.rebuild), { interval: 5 }).toBe(0)
  await db()
    .update(redisRuns)
    .set({ keptAt: sql`utc_timestamp(3) - interval 20 second` })
    .where(eq(redisRuns.run, runs.now))
  expect(await keep('two', runs.old)).toBe('built')
  expect(await readRoom(db(), id)).toMatchObject({ epoch: 3, keptRun: runs.old })
})

it('H9: does not renew what an old primary has, so that it promises nothing once it is abandoned', async () => {
  const { id, keep, runs, oldPrimary } = await keptRoom()
  await keep('one', runs.now)
  await oldPrimary()
  const before = await keptUntil(id)
  await keep('two', runs.old)
  await createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10_000 }).keepOn()
  expect(await keptUntil(id)).toBe(before)
})

it('H9: reports that its Redis is out of date, and gets no requests when all of its rooms are', async () => {
  const { id, keep, runs, oldPrimary } = await keptRoom()
  await keep('one', runs.now)
  await oldPrimary()
  const keeping = { origin: 'two', keptMs: KEPT_MS }
  const copy = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10_000, keeping })
  expect((await copy.refresh()).failedRooms).toContain(id)
  expect(copy.outdated()).toContain(id)
  expect(await checkOutdated(copy).run()).toMatchObject([{ code: 'redis-outdated', stops: false }])
  const current = () => copy.current().filter(({ room }) => room.id === id)
  const outdated = () => [id]
  expect(await checkOutdated({ current, outdated }).run()).toMatchObject([{ stops: true }])
  expect(await checkOutdated({ current, outdated: () => [] }).run()).toEqual([])
})

it('maintains the rooms of available nodes while another node is unavailable', async () => {
  const { id, keys } = await keptRoom()
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
  await expect(keepOn(redis(), rooms, { runs, keptMs: KEPT_MS })).rejects.toThrow('its node is unavailable')
  expect(await keptUntil(id)).toBeGreaterThan(0)
})

it('continues immediately when this origin itself has left the other Redis', async () => {
  const { keep, runs, oldPrimary } = await keptRoom()
  await keep('one', runs.now)
  await oldPrimary()
  expect(await keep('one', runs.old)).toBe('built')
})

it('continues immediately with a replica, which has the room in the epoch of MySQL and another run', async () => {
  const { keep, runs } = await keptRoom()
  await noteRuns(db(), [runs.old], 'one')
  await keep('one', runs.old)
  expect(await keep('two', runs.now)).toBe('built')
})

it('finds out the run of a room that was built before runs were recorded', async () => {
  const { id, keep, runs } = await keptRoom()
  await db().update(rooms).set({ keptRun: null }).where(eq(rooms.id, id))
  await keep('one', runs.old)
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
  const { id, keys } = await keptRoom()
  let now = Date.now()
  const keeping = { origin: 'one', keptMs: KEPT_MS }
  const deps = { db: db(), redis: redis(), log, festivalsMax: 10_000, keeping, now: () => now }
  const copy = createCatalogueCopy(deps)
  // The first round finds another run and rebuilds; the second has read the epoch of that.
  await copy.refresh()
  await copy.refresh()
  const lapse = () => redis().hset(keys.settings, 'keptUntil', 1)
  await lapse()
  await copy.keepOn()
  expect(await keptUntil(id)).toBe(1)
  now += KEPT_MS
  await copy.keepOn()
  expect(await keptUntil(id)).toBeGreaterThan(1)
  await lapse()
  now += 60_000
  await copy.keepOn()
  expect(await keptUntil(id)).toBe(1)
})
