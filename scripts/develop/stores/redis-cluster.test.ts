import { Redis as RedisServer } from 'ioredis'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { createBlockingRedis, createRedis, nodesOf, type Redis } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { isRedisUnavailable } from '../../../shared/redis/unavailable.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { publishTestRoom } from '../../../shared/testing/redis.ts'
import { redisAnswers } from './redis.ts'
import { type PrivateCluster, startRedisCluster } from './redis-cluster.ts'
import { isGone, moduleUrl, runProgram } from './testing.ts'

const { env } = process
const log = createLogger('test', 'silent')
const SOON = { timeout: 15_000, interval: 50 }
const ROOMS = 30

let cluster: PrivateCluster

beforeAll(async () => {
  cluster = await startRedisCluster({ env })
  return cluster.stop
})

async function connect(url = cluster.url): Promise<Redis> {
  const redis = createRedis({ url, name: 'test', log })
  onTestFinished(() => redis.disconnect())
  await redis.connect()
  return redis
}

/** Rooms, some on every node. */
const publishRooms = (redis: Redis): Promise<string[]> =>
  Promise.all(Array.from({ length: ROOMS }, () => publishTestRoom(redis)))

/** Asks for every room in one turn, and tells how each was answered. */
async function askAll(
  redis: Redis,
  rooms: readonly string[],
): Promise<('there' | 'missing' | 'unavailable')[]> {
  const answers = await Promise.allSettled(rooms.map((room) => redis.exists(roomKeys(room).settings)))
  return answers.map((answer) => {
    if (answer.status === 'fulfilled') return answer.value === 1 ? 'there' : 'missing'
    if (isRedisUnavailable(answer.reason)) return 'unavailable'
    throw answer.reason
  })
}

it('finds all nodes by any one of them', async () => {
  const redis = await connect(`${cluster.nodes[1]?.url},`)
  const rooms = await publishRooms(redis)
  expect(await askAll(redis, rooms)).toEqual(rooms.map(() => 'there'))
  expect(nodesOf(redis).length).toBe(3)
})

it('refuses clients without the password', async () => {
  const open = new RedisServer(cluster.nodes[0]?.url.replace(/:\w+@/, '') ?? '', { lazyConnect: true })
  open.on('error', () => {})
  onTestFinished(() => open.disconnect())
  await expect(open.get('x')).rejects.toThrow('NOAUTH')
})

it('waits for a stream on a dedicated connection', async () => {
  const redis = await connect()
  const { payments } = roomKeys(await publishTestRoom(redis))
  const options = { url: cluster.url, name: 'test waiting', log }
  const blocking = createBlockingRedis(options, { redis, key: payments })
  onTestFinished(() => blocking.disconnect())
  await blocking.connect()
  const waiting = blocking.xread('BLOCK', 10_000, 'STREAMS', payments, '0')
  await redis.xadd(payments, '*', 'payment', '1')
  expect(await waiting).toMatchObject([[payments, [[expect.any(String), ['payment', '1']]]]])
})

it('reconnects by itself when its connections are cut', async () => {
  const redis = await connect()
  const rooms = await publishRooms(redis)
  for (const { url } of cluster.nodes) {
    const other = new RedisServer(url)
    await other.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    other.disconnect()
  }
  await expect.poll(() => askAll(redis, rooms), SOON).toEqual(rooms.map(() => 'there'))
})

it('fails immediately for the rooms of a node that is down, and keeps serving the others', async () => {
  const lame = await startRedisCluster({ env })
  onTestFinished(() => lame.stop())
  const redis = await connect(lame.url)
  const rooms = await publishRooms(redis)
  lame.nodes[0]?.kill()
  await lame.nodes[0]?.ended
  await expect.poll(() => askAll(redis, rooms), SOON).toContain('unavailable')
  const answers = await askAll(redis, rooms)
  expect(answers).toContain('there')
  expect(answers).not.toContain('missing')
  for (const node of lame.nodes) node.kill()
  await expect.poll(() => askAll(redis, rooms), SOON).toEqual(rooms.map(() => 'unavailable'))
})

it('reports a cluster without the slot of a room as unavailable', async () => {
  const { settings } = roomKeys('test-slot')
  const nodes = cluster.nodes.map(({ url }) => new RedisServer(url))
  onTestFinished(() => {
    for (const node of nodes) node.disconnect()
  })
  const slot = (await nodes[0]?.cluster('KEYSLOT', settings)) ?? 0
  // Only the node that serves the slot takes a command about a key of it.
  const asked = await Promise.allSettled(nodes.map((node) => node.exists(settings)))
  const serving = asked.findIndex(({ status }) => status === 'fulfilled')
  const owner = nodes[serving]
  await owner?.cluster('DELSLOTS', slot)
  const redis = createRedis({ url: `${cluster.nodes[serving]?.url},`, name: 'test', log })
  onTestFinished(() => redis.disconnect())
  await expect(redis.exists(settings)).rejects.toSatisfy(isRedisUnavailable)
  await owner?.cluster('ADDSLOTS', slot)
  await expect.poll(() => askAll(redis, ['test-slot']), SOON).toEqual(['missing'])
})

it('is gone soon after the process that started it was killed', async () => {
  const starter = runProgram(`
    import { startRedisCluster } from ${moduleUrl('./redis-cluster.ts', import.meta.url)}
    const { nodes } = await startRedisCluster({ env: process.env })
    console.log(nodes.map(({ pid }) => pid).join(' '))
  `)
  const pids = ((await starter.line()) ?? '').split(' ').map(Number)
  expect(pids.length).toBe(3)
  starter.child.kill('SIGKILL')
  for (const pid of pids) expect(await isGone(pid)).toBe(true)
})

it('is found to answer by the URL of all its nodes, and of one, while it serves', async () => {
  const own = await startRedisCluster({ env })
  onTestFinished(own.stop)
  expect(await redisAnswers(own.url)).toBe(true)
  expect(await redisAnswers(`${own.nodes[1]?.url},`)).toBe(true)
  for (const node of own.nodes) node.kill()
  for (const node of own.nodes) await node.ended
  await expect(redisAnswers(own.url)).rejects.toSatisfy(isRedisUnavailable)
})
