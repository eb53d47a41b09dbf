import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { publishTestRoom, useRedis } from '../testing/redis.ts'
import { nodesOf } from './client.ts'
import { ORIGINS_KEY, roomKeys } from './keys.ts'

const ROOMS = 60
const { redis } = useRedis()

it('spreads rooms over three masters, and keeps each on one', async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis())))
  const nodes = nodesOf(redis())
  expect(nodes.length).toBe(3)
  const kept = await Promise.all(
    nodes.map(async (node) => {
      const keys = new Set(await node.keys('room:{test-*'))
      return rooms.filter((room) => keys.has(roomKeys(room).settings) && keys.has(roomKeys(room).stock))
    }),
  )
  expect(kept.flat().sort()).toEqual(rooms.sort())
  // By chance one of them stays empty once in ten thousand million runs.
  for (const ofOne of kept) expect(ofOne.length).toBeGreaterThan(0)
})

it('asks about many rooms in one turn, beside what is about none', async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis())))
  const origin = `test-${randomBytes(6).toString('hex')}`
  const [beaten, ...known] = await Promise.all([
    redis().originBeat(ORIGINS_KEY, origin, 1000),
    ...rooms.map((room) => redis().exists(roomKeys(room).settings)),
  ])
  expect(beaten).toBeDefined()
  expect(known).toEqual(rooms.map(() => 1))
  await redis().hdel(ORIGINS_KEY, origin)
})
