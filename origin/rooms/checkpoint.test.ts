import { asc, eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { drawnEntries, roomCheckpoints, rooms } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { createCheckpoints, type RoomProgress, readLastCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { readRoom } from './read-room.ts'

const { redis } = useRedis()
const { db } = useDatabase()

const MINUTE_MS = 60_000
const START_MS = 30_000_000 * MINUTE_MS

const progress = (minute: number, entries: number, serving: number, epoch = 1): RoomProgress => ({
  epoch,
  at: new Date(START_MS + minute * MINUTE_MS),
  entries,
  serving,
  draw: undefined,
  restored: '',
})

const newRoom = async () => (await makeTestFestival({ db: db(), redis: redis() })).id

const rowsOf = (room: string) =>
  db()
    .select()
    .from(roomCheckpoints)
    .where(eq(roomCheckpoints.roomId, room))
    .orderBy(asc(roomCheckpoints.minute))

it('never goes back within its minute, whatever the order of the writers', async () => {
  const room = await newRoom()
  const written = Array.from({ length: 40 }, (_, n) => progress(n / 50, n, n - 1))
  await Promise.all(written.toReversed().map((each) => writeCheckpoint(db(), room, each)))
  const last = { entries: 39, serving: 38, at: new Date(START_MS + (39 / 50) * MINUTE_MS) }
  expect(await rowsOf(room)).toEqual([{ roomId: room, minute: START_MS / MINUTE_MS, ...last }])
})

it('is not written for an epoch other than that of MySQL', async () => {
  const room = await newRoom()
  await writeCheckpoint(db(), room, progress(0, 5, 4))
  await db().update(rooms).set({ epoch: 2 }).where(eq(rooms.id, room))
  await writeCheckpoint(db(), room, progress(1, 9, 8, 1))
  expect(await readLastCheckpoint(db(), room, 0)).toMatchObject({ entries: 5, serving: 4 })
})

it('stores the last position whose call was over when it was last written', async () => {
  const room = await newRoom()
  for (const minute of [0, 1, 2, 3, 60]) {
    await writeCheckpoint(db(), room, progress(minute, 100, minute * 10))
  }
  const overThrough = async (minutes: number) =>
    (await readLastCheckpoint(db(), room, minutes * MINUTE_MS))?.overThrough
  expect(await overThrough(57)).toBe(30)
  expect(await overThrough(58)).toBe(20)
  expect(await overThrough(61)).toBe(-1)
  expect(await readLastCheckpoint(db(), await newRoom(), 0)).toBeUndefined()
})

it('is written when a room has progressed, and otherwise left alone', async () => {
  const room = await newRoom()
  const checkpoints = createCheckpoints({ db: db(), redis: redis() })
  const write = () => checkpoints.write([{ id: room, drawSeed: null }])
  await redis().append(roomKeys(room).entries, Buffer.alloc(16 * 7))
  await write()
  const [first] = await rowsOf(room)
  expect(first).toMatchObject({ entries: 7, serving: -1 })
  await write()
  expect(await rowsOf(room)).toEqual([first])
  await redis().hset(roomKeys(room).admission, 'serving', 3)
  await write()
  expect((await rowsOf(room)).at(-1)).toMatchObject({ entries: 7, serving: 3 })
})

it('keeps rows for a bounded time, and the newest older one regardless of its age', async () => {
  const room = await newRoom()
  const longAgo = [-9000, -8000, -7000].map((minute) => ({
    ...progress(0, 1, minute + 9000),
    at: new Date(Date.now() + minute * MINUTE_MS),
  }))
  for (const each of longAgo) await writeCheckpoint(db(), room, each)
  await redis().hset(roomKeys(room).admission, 'serving', 5000)
  await createCheckpoints({ db: db(), redis: redis() }).write([{ id: room, drawSeed: null }])
  expect((await rowsOf(room)).map(({ serving }) => serving)).toEqual([2000, 5000])
})

it('stores the complete log of a draw, its number and seed last', async () => {
  const { id: room } = await makeTestFestival(
    { db: db(), redis: redis() },
    { room: { order: 'draw', entriesMax: 1_000_000 } },
  )
  const keys = roomKeys(room)
  const log = Buffer.alloc(16 * 100_000, 'a lobby of many fans')
  await redis().append(keys.entries, log)
  const seed = 'ab'.repeat(32)
  await redis().hset(keys.admission, 'lobbyEntries', 100_000, 'seed', seed)
  await Promise.all(
    [1, 2, 3].map(() =>
      createCheckpoints({ db: db(), redis: redis() }).write([{ id: room, drawSeed: null }]),
    ),
  )
  expect(await readRoom(db(), room)).toMatchObject({ lobbyEntries: 100_000, drawSeed: seed })
  const chunks = await db()
    .select({ content: drawnEntries.content })
    .from(drawnEntries)
    .where(eq(drawnEntries.roomId, room))
    .orderBy(asc(drawnEntries.chunk))
  expect(chunks.length).toBe(2)
  expect(Buffer.concat(chunks.map(({ content }) => content)).equals(log)).toBe(true)
})

it('stores no draw whose log Redis has lost', async () => {
  const { id: room } = await makeTestFestival({ db: db(), redis: redis() }, { room: { order: 'draw' } })
  await redis().append(roomKeys(room).entries, Buffer.alloc(16 * 5))
  await redis().hset(roomKeys(room).admission, 'lobbyEntries', 6, 'seed', 'ab'.repeat(32))
  await createCheckpoints({ db: db(), redis: redis() }).write([{ id: room, drawSeed: null }])
  expect(await readRoom(db(), room)).toMatchObject({ lobbyEntries: null, drawSeed: null })
})
