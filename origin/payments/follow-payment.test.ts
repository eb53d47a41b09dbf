import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSubscriber } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { followPayment } from './follow-payment.ts'
import type { PaymentStatus, ShownState } from './payment.ts'
import { createPaymentChanges, type PaymentChanges } from './payment-changes.ts'
import { showPayment } from './show-payment.ts'

const { redis } = useRedis()
const HOUR_MS = 3_600_000
let changes: PaymentChanges

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const subscriber = createSubscriber({ url: redisUrl(), name: 'test follow', log })
  changes = createPaymentChanges({ subscriber, watchersMax: 10 })
  const isConnected = new Promise<void>((resolve) =>
    changes.onChange(() => changes.isConnected() && resolve()),
  )
  await subscriber.connect()
  await isConnected
})
afterAll(() => changes.close())

async function acceptedPayment() {
  const payment = { id: crypto.randomUUID(), room: `test-${crypto.randomUUID()}` }
  const key = roomKeys(payment.room).payment(payment.id)
  await redis().hset(key, 'state', 'accepted', 'account', 'one')
  const read = async (): Promise<PaymentStatus> => ({
    id: payment.id,
    state: ((await redis().hget(key, 'state')) ?? 'accepted') as ShownState,
    orderId: undefined,
    reason: undefined,
  })
  /** Publishes a state, and resolves when this process has received the change. */
  const showAndReceive = async (state: ShownState) => {
    const isConnected = new Promise<void>((resolve) =>
      changes.onChange((id) => id === payment.id && resolve()),
    )
    await showPayment(redis(), payment, state)
    await isConnected
  }
  return { payment, read, showAndReceive }
}

const still = new AbortController().signal

it('does not miss a change that is made and received during the first read', async () => {
  const { payment, read, showAndReceive } = await acceptedPayment()
  let looks = 0
  const readBeforeChange = async () => {
    const status = await read()
    looks += 1
    if (looks === 1) await showAndReceive('charging')
    return status
  }
  const input = { payment: payment.id, waitMs: HOUR_MS, isKnown: undefined, signal: still }
  const followed = await followPayment({ changes, now: Date.now, read: readBeforeChange }, input)
  expect(followed).toMatchObject({ status: { state: 'charging' }, waited: true })
})

it('continues waiting when a received change leaves the state as the caller knows it', async () => {
  const { payment, read, showAndReceive } = await acceptedPayment()
  await showAndReceive('charging')
  const isKnown = ({ state }: PaymentStatus) => state === 'accepted' || state === 'charging'
  let looks = 0
  const countReads = () => {
    looks += 1
    return read()
  }
  const input = { payment: payment.id, waitMs: HOUR_MS, isKnown, signal: still }
  const following = followPayment({ changes, now: Date.now, read: countReads }, input)
  await expect.poll(() => looks).toBe(1)
  await redis().publish('payment-changes', payment.id)
  await expect.poll(() => looks).toBe(2)
  await showAndReceive('paid')
  expect(await following).toMatchObject({ status: { state: 'paid' } })
})

it('releases all waiting callers when this process stops, and accepts none after that', async () => {
  const log = createLogger('test', 'silent')
  const subscriber = createSubscriber({ url: redisUrl(), name: 'test stopping', log })
  const stopping = createPaymentChanges({ subscriber, watchersMax: 10 })
  const { payment, read } = await acceptedPayment()
  let looks = 0
  const countReads = () => {
    looks += 1
    return read()
  }
  const input = { payment: payment.id, waitMs: HOUR_MS, isKnown: undefined, signal: still }
  const following = followPayment({ changes: stopping, now: Date.now, read: countReads }, input)
  await expect.poll(() => looks).toBe(1)
  stopping.close()
  expect(await following).toMatchObject({ status: { state: 'accepted' } })
  expect(await followPayment({ changes: stopping, now: Date.now, read }, input)).toMatchObject({
    waited: false,
  })
})
