import { expect, it } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { acceptPayment } from '../payments/process/accept-payment.ts'
import { makeTestAccounts, makeTestFestival } from '../testing/origin.ts'
import { agreementTo, openTestRecorder } from '../testing/payments.ts'
import { readHold } from './read-hold.ts'
import { releaseHold } from './release-hold.ts'
import { takeHold } from './take-hold.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** A fan with a pass in a room of the third epoch, and the origin's responses by the epoch that its token names. */
async function holder() {
  const { id: room } = await makeTestFestival({ db: db() })
  const [account = ''] = await makeTestAccounts(db(), 1)
  await publishTestRoom(redis(), { room, types: [{ type: 1, quantity: 5 }] })
  const keys = roomKeys(room)
  await redis().hset(keys.settings, 'epoch', 3)
  const [passId = ''] = await grantTestPasses(redis(), room, [account])
  const pass = (epoch: number | undefined) => ({ room, passId, epoch })
  const take = (epoch?: number) =>
    takeHold(redis(), { ...pass(epoch), account, basket: [{ type: 1, quantity: 1 }] })
  const agreed = agreementTo(await take(3))
  const pay = (epoch: number | undefined, idempotencyKey: string) =>
    acceptPayment(
      { redis: redis(), db: db(), recorder: openTestRecorder(db()), rememberSeconds: 60, queueMax: 10 },
      { ...pass(epoch), account, method: 'card-ok', ...agreed, idempotencyKey },
    )
  const all = async (epoch: number | undefined) => [
    (await take(epoch)).status,
    (await readHold(redis(), pass(epoch))).status,
    (await pay(epoch, 'refused')).status,
    (await releaseHold(redis(), pass(epoch))).status,
  ]
  return { keys, all, pay }
}

it('H9: holds, pays and releases nothing with a pass of an earlier epoch, whatever Redis still stores of it', async () => {
  const { keys, all } = await holder()
  expect(await all(2)).toEqual(Array(4).fill('room-restored'))
  expect(await redis().hmget(keys.stock, 'free:1', 'held:1')).toEqual(['4', '1'])
  expect(await redis().xlen(keys.payments)).toBe(0)
})

it('H9: asks the fan to retry while its own Redis has not received the epoch of the pass', async () => {
  const { all } = await holder()
  expect(await all(4)).toEqual(Array(4).fill('room-absent'))
})

it('accepts a pass that was issued before passes had an epoch', async () => {
  const { all } = await holder()
  expect(await all(undefined)).toEqual(['held', 'held', 'accepted', 'paying'])
})

it('H9: returns the payment that was accepted before the room was restored, for the same key', async () => {
  const { keys, pay } = await holder()
  const accepted = await pay(3, 'key')
  await redis().hset(keys.settings, 'epoch', 4)
  expect(await pay(3, 'key')).toEqual(accepted)
  expect(await pay(3, 'another')).toEqual({ status: 'room-restored' })
})
