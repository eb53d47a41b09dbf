import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { publishTestRoom, useRedis } from '../testing/redis.ts'
import { nodesOf } from './client.ts'
import { ORIGINS_KEY, roomKeys } from './keys.ts'
import { readRuns } from './runs.ts'

const ROOMS = 60
const { redis } = useRedis()

it('spreads rooms over three masters, and keeps each on one', async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis())))
  const nodes = nodesOf(redis())
  expect(nodes.length).toBe(3)
  const stored = await Promise.all(
    nodes.map(async (node) => {
      const keys = new Set(await node.keys('room:{test-*'))
      return rooms.filter((room) => keys.has(roomKeys(room).settings) && keys.has(roomKeys(room).stock))
    }),
  )
  expect(stored.flat().sort()).toEqual(rooms.sort())
  // The chance that one of them stays empty is one in ten thousand million.
  for (const ofOne of stored) expect(ofOne.length).toBeGreaterThan(0)
})

it('runs commands for many rooms and for no room in one turn', async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis())))
  const origin = `test-${randomBytes(6).toString('hex')}`
  const [beaten, ...known] = await Promise.all([
    redis().originHeartbeat(ORIGINS_KEY, origin, 1000),
    ...rooms.map((room) => redis().exists(roomKeys(room).settings)),
  ])
  expect(beaten).toBeDefined()
  expect(known).toEqual(rooms.map(() => 1))
  await redis().hdel(ORIGINS_KEY, origin)
})

it('returns for each room the run of the node that serves it', async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis())))
  const runs = await readRuns(redis())
  // A script runs on the node of its room.
  const info = "return redis.call('INFO', 'server')"
  const served = await Promise.all(rooms.map((room) => redis().eval(info, 1, roomKeys(room).settings)))
  expect(served.map((text) => /^run_id:(\w+)/m.exec(String(text))?.[1])).toEqual(rooms.map(runs.of))
  expect(new Set(rooms.map(runs.of)).size).toBe(3)
  for (const room of rooms) expect(runs.all()).toContain(runs.of(room))
})
