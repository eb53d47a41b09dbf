import { join } from 'node:path'
import { Cluster, type Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { readRedisPlace } from '../../../shared/redis/url.ts'
import { asked } from '../../develop/stores/redis-pair.ts'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { startCluster } from './cluster.ts'

const ROOM = 'test-lost'
const KEY = `room:{${ROOM}}:key`
const SOON = { timeout: 20_000, interval: 100 }

async function openCluster() {
  const cluster = await startCluster({ env: process.env, folder: join(temporaryFolder(), 'cluster') })
  onTestFinished(cluster.stop)
  const place = readRedisPlace(cluster.url())
  if (place.kind !== 'cluster') throw new Error('its URL lists nodes')
  const client = new Cluster(place.nodes, { redisOptions: place.credentials, slotsRefreshInterval: 200 })
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  /** Once the client has found the room's present master. */
  const set = (value: string) => expect.poll(() => client.set(KEY, value).catch(String), SOON).toBe('OK')
  const get = (value: string) => expect.poll(() => client.get(KEY).catch(String), SOON).toBe(value)
  /** Until the room's master and its replica have it. */
  const copied = (value: string) =>
    expect.poll(() => countNodes(cluster.url().split(','), value), SOON).toBe(2)
  return { cluster, set, get, copied }
}

async function countNodes(urls: readonly string[], value: string): Promise<number> {
  const read = async (client: Redis) => {
    await client.readonly()
    return client.get(KEY)
  }
  const found = await Promise.all(urls.map((url) => asked({ url }, read).catch(() => undefined)))
  return found.filter((each) => each === value).length
}

it('fails a room over to a replica that lacks the withheld writes, and is complete again afterwards', async () => {
  const { cluster, set, get, copied } = await openCluster()
  for (const [before, lost] of [
    ['copied', 'held back'],
    ['once more', 'held back again'],
  ] as const) {
    await cluster.renew()
    await set(before)
    await copied(before)
    await cluster.holdBack(ROOM)
    await set(lost)
    await cluster.replaceMaster(ROOM)
    await get(before)
  }
})

it('restores a room from the snapshot of its restarted node', async () => {
  const { cluster, set, get } = await openCluster()
  await set('stored')
  await cluster.takeSnapshot(ROOM)
  await set('later')
  await cluster.restartMaster(ROOM)
  await get('stored')
  await cluster.renew()
  await set('after')
})
