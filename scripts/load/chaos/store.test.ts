import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { startRedis } from '../../develop/stores/redis.ts'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { createLosableStore } from './store.ts'

async function openStore() {
  const dataDirectory = join(temporaryFolder(), 'redis')
  const store = await createLosableStore({
    dataDirectory,
    start: () => startRedis({ env: process.env, dataDirectory }),
    socketOf: (url) => url,
  })
  onTestFinished(store.stop)
  return store
}

/** One command on a separate connection. */
async function ask<T>(url: string, command: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await command(redis)
  } finally {
    redis.disconnect()
  }
}

it('returns with its data after a crash, on another socket, and is unavailable meanwhile', async () => {
  const store = await openStore()
  const before = store.url()
  expect(store.targets()).toEqual([{ path: before }])
  await ask(before, (redis) => redis.set('key', 'stored'))
  await store.crash()
  expect(store.targets()).toEqual([])
  await store.start('with its data')
  expect(store.targets()).toEqual([{ path: store.url() }])
  expect(await ask(store.url(), (redis) => redis.get('key'))).toBe('stored')
})

it('is empty when it is started without its data', async () => {
  const store = await openStore()
  await ask(store.url(), (redis) => redis.set('key', 'lost'))
  await store.crash()
  await store.start('empty')
  expect(await ask(store.url(), (redis) => redis.get('key'))).toBeNull()
})

it('replies to nothing while it is frozen, and then to everything', async () => {
  const store = await openStore()
  await ask(store.url(), async (redis) => {
    await redis.ping()
    store.freeze()
    let answered = false
    const pong = redis.ping().then(() => {
      answered = true
    })
    // Another store keeps running meanwhile.
    const other = await openStore()
    await ask(other.url(), (beside) => beside.ping())
    expect(answered).toBe(false)
    store.thaw()
    await pong
  })
})

it('can be stopped also while it is frozen', async () => {
  const store = await openStore()
  store.freeze()
  await store.stop()
})
