import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { asked } from '../../develop/stores/redis-pair.ts'
import { temporaryFolder } from '../../develop/stores/testing.ts'
import { type LosablePair, startPair } from './pair.ts'

async function openPair(): Promise<LosablePair> {
  const pair = await startPair({ env: process.env, folder: join(temporaryFolder(), 'pair') })
  onTestFinished(pair.stop)
  return pair
}

const set = (pair: LosablePair, value: string) =>
  asked({ url: pair.url() }, async (redis) => {
    await redis.set('key', value)
    return redis.wait(1, 500)
  })

/** Retried until the replica has it too, which may take a new one a second. */
const setCopied = (pair: LosablePair, value: string) => expect.poll(() => set(pair, value)).toBe(1)

const get = (pair: LosablePair) => asked({ url: pair.url() }, (redis) => redis.get('key'))

/** A client of the present primary, which stays connected to it. */
function stay(pair: LosablePair): Redis {
  const redis = new Redis(pair.url())
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}

it('fails over to a replica that lacks the withheld writes, and to a complete one when none were withheld', async () => {
  const pair = await openPair()
  await setCopied(pair, 'copied')
  await pair.holdBack()
  expect(await set(pair, 'held back')).toBe(0)
  const before = pair.targets()
  await pair.losePrimary('killed')
  expect(pair.targets()).toEqual([])
  await pair.promote()
  expect(pair.targets()).not.toEqual(before)
  expect(await get(pair)).toBe('copied')
  await pair.renew()
  await setCopied(pair, 'once more')
  await pair.losePrimary('killed')
  await pair.promote()
  expect(await get(pair)).toBe('once more')
})

it('keeps the clients of a primary that became read-only, without the writes to the new one', async () => {
  const pair = await openPair()
  const client = stay(pair)
  await setCopied(pair, 'before')
  await pair.losePrimary('kept, read-only')
  await expect(client.set('key', 'lost')).rejects.toThrow('READONLY')
  await pair.promote()
  await set(pair, 'after')
  await expect.poll(() => client.get('key')).toBe('after')
})

it('leaves the clients of a silent primary without replies, until it is replaced and gone', async () => {
  const pair = await openPair()
  await setCopied(pair, 'before')
  const client = stay(pair)
  await client.ping()
  const closed = new Promise((resolve) => client.once('close', resolve))
  let answered = false
  await pair.losePrimary('silent')
  void client.get('key').then(
    () => {
      answered = true
    },
    () => {},
  )
  await pair.promote()
  expect(await get(pair)).toBe('before')
  expect(answered).toBe(false)
  await pair.renew()
  await closed
  await setCopied(pair, 'after')
})

it('starts again from a snapshot', async () => {
  const pair = await openPair()
  await set(pair, 'stored')
  await pair.takeSnapshot()
  await set(pair, 'later')
  await pair.restoreSnapshot()
  expect(await get(pair)).toBe('stored')
  await setCopied(pair, 'after')
})
