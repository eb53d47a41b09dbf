import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createBlockingRedis, nodesOf } from '../../../shared/redis/client.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import { makeTestFestival } from '../../testing/origin.ts'
import { CONSUMER_GROUP, createPaymentStream } from '../payment-stream.ts'
import { createRoomWorkers, type RoomWorkers } from './room-workers.ts'
import { startPaymentWorker } from './worker.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const opened: RoomWorkers[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((workers) => workers.stop()))
})

/** Workers whose connections are named. */
function openWorkers(consumer = 'one') {
  const name = `test-${randomBytes(6).toString('hex')}`
  const workers = createRoomWorkers({
    log,
    start: (room) =>
      startPaymentWorker(
        {
          ...{ redis: redis(), db: db(), log, provider: createBookProvider(), now: Date.now },
          openBlockingRedis: (key) =>
            createBlockingRedis({ url: redisUrl(), name, log }, { redis: redis(), key }),
          ...{ countOutcome: () => {}, consumer, batchMax: 10, chargeConcurrency: 10, attemptsMax: 3 },
          ...{ backoff: { baseMs: 200, maxMs: 2000 }, expireMs: 900_000, expireMarginMs: 60_000 },
          ...{ rememberSeconds: 60, publicUrl: 'https://naru.test' },
        },
        room,
      ),
  })
  opened.push(workers)
  const connections = async () => {
    const lists = await Promise.all(nodesOf(redis()).map(async (node) => String(await node.client('LIST'))))
    return lists.join('\n').split(name).length - 1
  }
  return { workers, connections }
}

async function consumersOf(room: string): Promise<string[]> {
  const consumers = (await redis().xinfo('CONSUMERS', roomKeys(room).payments, CONSUMER_GROUP)) as unknown[][]
  return consumers.map((fields) => String(fields[fields.indexOf('name') + 1]))
}

describe('the payment workers of an origin (M11)', () => {
  it('close their connection and delete their consumer when their room has been archived', async () => {
    const { workers, connections } = openWorkers()
    for (let n = 0; n < 10; n += 1) {
      const room = await publishTestRoom(redis())
      workers.follow([room])
      await expect.poll(() => redis().exists(roomKeys(room).payments)).toBe(1)
      await expect.poll(() => consumersOf(room)).toEqual(['one'])
      workers.follow([])
      await expect.poll(() => consumersOf(room)).toEqual([])
    }
    await expect.poll(connections).toBe(0)
  })

  it('start again for a room that came back while its worker was stopping', async () => {
    const { workers } = openWorkers()
    const room = await publishTestRoom(redis())
    workers.follow([room])
    await expect.poll(() => redis().exists(roomKeys(room).payments)).toBe(1)
    workers.follow([])
    await expect
      .poll(async () => {
        workers.follow([room])
        return await consumersOf(room)
      })
      .toEqual(['one'])
  })

  it('create no stream for a room that Redis does not know', async () => {
    const { id: room } = await makeTestFestival({ db: db() })
    const stream = createPaymentStream({
      redis: redis(),
      blockingRedis: async () => redis(),
      room,
      consumer: 'one',
    })
    expect(await stream.ensure()).toBe(false)
    expect(await redis().exists(roomKeys(room).payments)).toBe(0)
    await publishTestRoom(redis(), { room })
    expect(await stream.ensure()).toBe(true)
  })

  it('leave a consumer that has pending entries to the worker that claims them', async () => {
    const room = await publishTestRoom(redis())
    const { payments } = roomKeys(room)
    const stream = createPaymentStream({
      redis: redis(),
      blockingRedis: async () => redis(),
      room,
      consumer: 'one',
    })
    await stream.ensure()
    const entry = (await redis().xadd(payments, '*', 'payment', 'p')) ?? ''
    await redis().xreadgroup('GROUP', CONSUMER_GROUP, 'one', 'COUNT', 1, 'STREAMS', payments, '>')
    await stream.leave()
    expect(await consumersOf(room)).toEqual(['one'])
    await stream.remove(entry, 'p')
    await stream.leave()
    expect(await consumersOf(room)).toEqual([])
  })

  it('delete the consumers of origins that are gone, however many names there were', async () => {
    const room = await publishTestRoom(redis())
    const { payments, settings } = roomKeys(room)
    await redis().paymentStreamOpen(settings, payments, CONSUMER_GROUP, 60_000)
    for (let n = 0; n < 30; n += 1) {
      await redis().xgroup('CREATECONSUMER', payments, CONSUMER_GROUP, `origin-${n}`)
    }
    await redis().paymentStreamOpen(settings, payments, CONSUMER_GROUP, 60_000)
    expect(await consumersOf(room)).toHaveLength(30)
    await redis().paymentStreamOpen(settings, payments, CONSUMER_GROUP, -1)
    expect(await consumersOf(room)).toEqual([])
  })
})
