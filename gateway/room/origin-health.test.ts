import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { enterMany } from '../testing/room.ts'
import { createSnapshots } from './snapshot.ts'

const { redis, caller } = useRedis(4)
/** Separate from the origins of the other tests. */
const ownKey = () => `test-origins-${randomBytes(6).toString('hex')}`

it('is the mean of the live origins, however many send heartbeats concurrently', async () => {
  const key = ownKey()
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => caller(n).originHeartbeat(key, `origin-${n % 4}`, 250 * (n % 4))),
  )
  expect(await redis().originHealth(key, 60_000)).toEqual([4, 375])
})

it('is zero when no origin ever sent a heartbeat, and when the last one has stopped', async () => {
  const key = ownKey()
  expect(await redis().originHealth(key, 60_000)).toEqual([0, 0])
  await redis().hset(key, 'gone', JSON.stringify({ at: Date.now() - 61_000, health: 1000 }))
  expect(await redis().originHealth(key, 60_000)).toEqual([0, 0])
  expect(await redis().hlen(key)).toBe(0)
})

it('stores a bounded number of names, however many origins have come and gone (M12)', async () => {
  const key = ownKey()
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) => caller(n).originHeartbeat(key, `origin-${n}`, 1000)),
  )
  expect(await redis().hlen(key)).toBeLessThanOrEqual(256)
  await redis().originHeartbeat(key, 'origin-here', 1000)
  expect(await redis().hexists(key, 'origin-here')).toBe(1)
})

it('stops all calls while no origin is alive, reports that, and preserves the places', async () => {
  const room = await publishTestRoom(redis())
  await enterMany(redis(), room, 5)
  const options = { sweepMax: 100, originSilentMs: 60_000, pollNearSeconds: 2, pollFarSeconds: 30 }
  const snapshots = createSnapshots({ redis: redis(), options, originsKey: ownKey() })
  for (let turn = 0; turn < 5; turn += 1) await snapshots.refresh([room])
  expect(snapshots.of(room)?.status).toMatchObject({ shop: 'unavailable', entries: 5, serving: -1 })
})
