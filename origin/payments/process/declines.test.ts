import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { readHold } from '../../holds/read-hold.ts'
import { createBookProvider } from '../../testing/book-provider.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../testing/origin.ts'
import { agreementTo, openTestHolds, openTestRecorder, testWorkerDeps } from '../../testing/payments.ts'
import { createPaymentStream } from '../payment-stream.ts'
import { readPayment } from '../read-payment.ts'
import { acceptPayment } from './accept-payment.ts'
import { DECLINES_PER_ACCOUNT_MAX, DECLINES_PER_HOLD_MAX, evaluateDecline } from './declines.ts'
import { createPaymentMaker } from './payment-maker.ts'
import { beginPayments } from './record-payments.ts'
import { settlePayments } from './settle-payments.ts'

// M4: card testing.

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const HOUR_MS = 3_600_000

/** A fan who holds something and whose card is always declined, and the worker's result of each attempt. */
async function openDeclinedFan() {
  const { room, accounts, passes, type, pay } = await openTestHolds({ db: db(), redis: redis() }, 1)
  const [account = '', passId = ''] = [accounts[0], passes[0]]
  const provider = createBookProvider()
  const outcomes: string[] = []
  const deps = testWorkerDeps({ db: db(), redis: redis(), provider }, {})
  const maker = createPaymentMaker(
    { ...deps, storeWaitMs: 1000, countOutcome: (outcome) => outcomes.push(outcome) },
    room,
    new AbortController().signal,
    async () => {},
  )
  const stream = createPaymentStream({
    redis: redis(),
    blockingRedis: async () => redis(),
    room,
    consumer: 'one',
  })
  await stream.ensure()
  const first = await pay(0)
  const agreed = agreementTo(await readHold(redis(), { room, passId }))
  return {
    ...{ room, account, passId, type, outcomes, first },
    async decline(): Promise<void> {
      provider.next.push('decline')
      const { queued } = await stream.readNew(10, 100)
      await maker.make(queued, () => {})
    },
    tryAgain: (n = 0) =>
      acceptPayment(
        {
          redis: caller(n),
          db: db(),
          recorder: openTestRecorder(db()),
          rememberSeconds: 60,
          queueMax: 100,
        },
        { room, account, passId, method: 'card-ok', ...agreed, idempotencyKey: randomUUID() },
      ),
    endPause: () => redis().del(roomKeys(room).payPause(account)),
  }
}

describe('declined payments of one hold (M4)', () => {
  it('cost a fan with one mistake nothing: another card can be tried immediately', async () => {
    const { decline, tryAgain } = await openDeclinedFan()
    await decline()
    expect(await tryAgain()).toMatchObject({ status: 'accepted' })
  })

  it('are followed by growing pauses in which no payment is accepted, however many are sent concurrently', async () => {
    const { decline, tryAgain, endPause } = await openDeclinedFan()
    const pauses: number[] = []
    await decline()
    for (let n = 2; n < DECLINES_PER_HOLD_MAX; n += 1) {
      expect(await tryAgain()).toMatchObject({ status: 'accepted' })
      await decline()
      const refused = await Promise.all(Array.from({ length: 20 }, (_, i) => tryAgain(i)))
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(['paused']))
      pauses.push(...refused.slice(0, 1).flatMap((each) => (each.status === 'paused' ? [each.retryMs] : [])))
      await endPause()
    }
    expect(pauses.map((pauseMs) => Math.ceil(pauseMs / 5000) * 5)).toEqual([5, 15, 30])
  })

  it('end the pass when there are too many: its units are for sale again, and its owner can see it', async () => {
    const { room, account, passId, type, outcomes, decline, tryAgain, endPause } = await openDeclinedFan()
    let last = ''
    for (let n = 1; n < DECLINES_PER_HOLD_MAX; n += 1) {
      await decline()
      await endPause()
      const accepted = await tryAgain()
      last = accepted.status === 'accepted' ? accepted.payment : ''
    }
    expect(outcomes).not.toContain('turn-ended')
    await decline()
    const keys = roomKeys(room)
    expect(await redis().zscore(keys.passes, account)).toBeNull()
    expect(await redis().hmget(keys.stock, `free:${type}`, `held:${type}`)).toEqual(['1', '0'])
    expect(await redis().hget(keys.counts, `${account}:${type}`)).toBeNull()
    expect(await readHold(redis(), { room, passId })).toEqual({ status: 'missing' })
    await endPause()
    expect(await tryAgain()).toEqual({ status: 'hold-missing' })
    const stores = { db: db(), redis: redis() }
    expect(await readPayment(stores, { room, payment: last, account })).toMatchObject({
      state: 'declined',
      turnEnded: true,
    })
    expect(outcomes.filter((outcome) => outcome === 'turn-ended')).toHaveLength(1)
  })
})

describe('the consequences of a decline (M4)', () => {
  async function declineMany(account: string, times: number, at: Date, hold?: string) {
    const festival = await makeTestFestival({ db: db() })
    const made = Array.from({ length: times }, () => ({
      ...makeTestPayment(festival, account),
      ...(hold === undefined ? {} : { hold }),
    }))
    await beginPayments(db(), made, at)
    const outcome = { status: 'declined', reason: 'card declined' } as const
    await settlePayments(
      db(),
      made.map((payment) => ({ payment, outcome })),
      at,
    )
  }
  const judge = (account: string, hold: string = randomUUID()) =>
    evaluateDecline(db(), { account, hold }, new Date())

  it('counts the account over all its rooms and passes in MySQL, so that a wiped Redis resets nothing', async () => {
    const [account = '', other = ''] = await makeTestAccounts(db(), 2)
    await declineMany(account, DECLINES_PER_ACCOUNT_MAX - 1, new Date())
    expect(await judge(account)).toEqual({ pauseMs: 60_000, endsTurn: false })
    await declineMany(account, 1, new Date())
    expect(await judge(account)).toEqual({ pauseMs: 60_000, endsTurn: true })
    expect(await judge(other)).toEqual({ pauseMs: 0, endsTurn: false })
  })

  it('drops the pauses after an hour and the account count after a day, and never the count of a hold', async () => {
    const [account = ''] = await makeTestAccounts(db(), 1)
    const hold = randomUUID()
    await declineMany(account, DECLINES_PER_HOLD_MAX, new Date(Date.now() - 2 * HOUR_MS), hold)
    expect(await judge(account)).toEqual({ pauseMs: 0, endsTurn: false })
    expect(await judge(account, hold)).toEqual({ pauseMs: 0, endsTurn: true })
    await declineMany(account, DECLINES_PER_ACCOUNT_MAX, new Date(Date.now() - 25 * HOUR_MS))
    expect(await judge(account)).toEqual({ pauseMs: 0, endsTurn: false })
    const rows = await db().select().from(payments).where(eq(payments.accountId, account))
    expect(rows).toHaveLength(DECLINES_PER_HOLD_MAX + DECLINES_PER_ACCOUNT_MAX)
  })
})
