import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { readRun, readRuns } from '../../../shared/redis/runs.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { type PrivatePair, startRedisPair } from './redis-pair.ts'

const { env } = process
const SOON = { timeout: 15_000, interval: 50 }
const ROOMS = Array.from({ length: 30 }, (_, i) => `room-${i}`)

let pair: PrivatePair

beforeAll(async () => {
  pair = await startRedisPair({ env })
  return pair.stop
})

async function connect(url: string): Promise<Redis> {
  const redis = createRedis({ url, name: 'test', log: createLogger('test', 'silent') })
  onTestFinished(() => redis.disconnect())
  await redis.connect()
  return redis
}

it('tells a replica that has taken over from its primary, and a primary that leads once more from itself', async () => {
  const { primary, replica, follow, caughtUp } = pair
  const [first, second] = [await connect(primary.url), await connect(replica.url)]
  const before = await readRun(first, 'room')
  await follow(replica)
  const after = await readRun(second, 'room')
  expect(after).not.toBe(before)
  await follow(primary, replica)
  await caughtUp(primary, replica)
  await follow(primary)
  // What it had not handed on before is lost.
  const again = await readRun(await connect(primary.url), 'room')
  expect(again).not.toBe(before)
  expect(again).not.toBe(after)
  expect(await readRun(first, 'room')).toBe(again)
})

it('tells the rooms of a master whose replica has taken over, and of no other', async () => {
  const cluster = await startRedisCluster({ env, withReplicas: true })
  onTestFinished(cluster.stop)
  const redis = await connect(cluster.url)
  const runsOf = async () => {
    const { of, all } = await readRuns(redis)
    return { all: all(), rooms: ROOMS.map((room) => [room, of(room)]) }
  }
  const before = await runsOf()
  const operator = await connect(cluster.replicas[0]?.url ?? '')
  await operator.call('CLUSTER', 'FAILOVER', 'TAKEOVER')
  await expect.poll(async () => (await runsOf()).all, SOON).not.toBe(before.all)
  const after = await runsOf()
  const changed = after.rooms.filter(([, run], i) => run !== before.rooms[i]?.[1])
  expect(changed.length).toBeGreaterThan(0)
  expect(changed.length).toBeLessThan(ROOMS.length)
  expect(new Set(changed.map(([, run]) => run)).size).toBe(1)
})

it('tells the rooms of other nodes while one does not answer', async () => {
  const cluster = await startRedisCluster({ env })
  onTestFinished(cluster.stop)
  const redis = await connect(cluster.url)
  await expect.poll(async () => (await readRuns(redis)).all(), SOON).toMatch(/^\S+ \S+ \S+$/)
  cluster.nodes[0]?.kill()
  const answers = async () => {
    const { of } = await readRuns(redis)
    return ROOMS.map((room) => {
      try {
        return of(room) === '' ? 'nothing' : 'told'
      } catch {
        return 'unavailable'
      }
    })
  }
  await expect.poll(answers, SOON).toContain('unavailable')
  expect(await answers()).toContain('told')
})
