import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { grantTestPasses, publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { readHold } from '../../holds/read-hold.ts'
import { releaseHold } from '../../holds/release-hold.ts'
import { sweepHolds } from '../../holds/sweep-holds.ts'
import { takeHold } from '../../holds/take-hold.ts'
import { makeTestAccounts, makeTestFestival } from '../../testing/origin.ts'
import { agreementTo, openTestHolds, openTestRecorder } from '../../testing/payments.ts'
import type { ShownState } from '../payment.ts'
import { showPayment } from '../show-payment.ts'
import { acceptPayment } from './accept-payment.ts'
import { finishPayment } from './finish-payment.ts'
import { beginPayments } from './record-payments.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()

/** A room of 100,000 units in Redis whose festival is in MySQL, and accounts. */
async function openRoom(fans: number) {
  const { id: room } = await makeTestFestival({ db: db() })
  await publishTestRoom(redis(), { room })
  return { room, accounts: await makeTestAccounts(db(), fans) }
}

async function heldByOne(queueMax = 100) {
  const { room, accounts } = await openRoom(1)
  const [account = ''] = accounts
  const [passId = ''] = await grantTestPasses(redis(), room, accounts)
  const hold = (quantity: number, n = 0) =>
    takeHold(caller(n), { room, account, passId, basket: [{ type: 1, quantity }] })
  const agreed = agreementTo(await hold(2))
  const pay = (idempotencyKey: string, n = 0, method = 'card-ok', seen = agreed) =>
    acceptPayment(
      { redis: caller(n), db: db(), recorder: openTestRecorder(db()), rememberSeconds: 60, queueMax },
      { room, account, passId, method, ...seen, idempotencyKey },
    )
  return { room, account, passId, hold, agreed, pay }
}

describe('accepting a payment', () => {
  it('creates one payment for one Idempotency-Key when hundreds of repeats race', async () => {
    const { room, pay } = await heldByOne()
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => pay('key', n)))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
    expect(results[0]?.status).toBe('accepted')
    expect(await redis().xlen(roomKeys(room).payments)).toBe(1)
  })

  it('returns the same payment for a repeat after Redis has lost it, so that no fan pays twice', async () => {
    const { room, accounts, passes, pay, payment } = await openTestHolds({ db: db(), redis: redis() }, 1)
    const id = await pay(0)
    const agreed = agreementTo(await readHold(redis(), { room, passId: passes[0] ?? '' }))
    await beginPayments(db(), [await payment(id)], new Date())
    const [account = '', passId = ''] = [accounts[0], passes[0]]
    const keys = roomKeys(room)
    await redis().del(keys.idempotency(account, 'key-0'), keys.hold, keys.holds, keys.payment(id))
    const repeat = (idempotencyKey: string) =>
      acceptPayment(
        { redis: redis(), db: db(), recorder: openTestRecorder(db()), rememberSeconds: 60, queueMax: 10 },
        { room, account, passId, method: 'card-ok', ...agreed, idempotencyKey },
      )
    expect(await repeat('key-0')).toEqual({ status: 'accepted', payment: id })
    expect(await repeat('another')).toEqual({ status: 'hold-missing' })
  })

  it('creates one payment for one hold when hundreds of keys race', async () => {
    const { room, pay } = await heldByOne()
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => pay(`key-${n}`, n)))
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(1)
    expect(results.filter(({ status }) => status === 'paying')).toHaveLength(299)
    expect(await redis().xlen(roomKeys(room).payments)).toBe(1)
  })

  it('rejects another request under a key that was used', async () => {
    const { pay } = await heldByOne()
    await pay('key')
    expect(await pay('key', 0, 'card-declined')).toEqual({ status: 'key-reused' })
  })

  it('C3: rejects a payment for a hold that has changed since the fan saw it, and returns the current hold', async () => {
    const { room, passId, hold, agreed, pay } = await heldByOne()
    const now = agreementTo(await hold(50))
    expect(await pay('key')).toMatchObject({
      status: 'hold-changed',
      hold: { amountMinor: 50_000, version: now.holdVersion, payment: undefined },
    })
    for (const seen of [
      { ...agreed, holdVersion: now.holdVersion },
      { ...now, holdVersion: agreed.holdVersion },
    ]) {
      expect(await pay('key', 0, 'card-ok', seen)).toMatchObject({ status: 'hold-changed' })
    }
    expect(await redis().exists(roomKeys(room).payments)).toBe(0)
    expect(await readHold(redis(), { room, passId })).toMatchObject({ hold: { payment: undefined } })
    // A rejection does not use up the Idempotency-Key.
    expect(await pay('key', 0, 'card-ok', now)).toMatchObject({ status: 'accepted' })
    expect(await pay('key')).toEqual({ status: 'key-reused' })
  })

  it('C3: charges what the fan saw or nothing, when the basket is changed and paid for concurrently', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const { room, agreed, hold, pay } = await heldByOne()
      const change = () => [3, 4, 5].map((quantity, n) => hold(quantity, n))
      const payAll = () => ['a', 'b', 'c'].map((key, n) => pay(key, n))
      const racing = await Promise.all(
        round % 2 === 0 ? [...change(), ...payAll()] : [...payAll(), ...change()],
      )
      const entries = await redis().xrange(roomKeys(room).payments, '-', '+')
      const amounts = entries.map(([, fields]) => Number(fields[fields.indexOf('amount') + 1]))
      expect(amounts.every((amount) => amount === agreed.amountMinor)).toBe(true)
      expect(racing.filter(({ status }) => status === 'accepted')).toHaveLength(entries.length)
      for (const { status } of racing) seen.add(status)
    }
    expect([...seen]).toEqual(expect.arrayContaining(['accepted', 'hold-changed']))
  })

  it('C3: gives equal contents at an equal price the same version, and others another', async () => {
    const { room, passId, agreed, hold } = await heldByOne()
    const other = agreementTo(await hold(3))
    expect(other.holdVersion).not.toBe(agreed.holdVersion)
    expect(agreementTo(await hold(2))).toEqual(agreed)
    await releaseHold(redis(), { room, passId })
    expect(agreementTo(await hold(2))).toEqual(agreed)
    await releaseHold(redis(), { room, passId })
    await redis().hset(
      roomKeys(room).types,
      '1',
      JSON.stringify({ price: 1001, limit: 100, from: 0, to: 9e15 }),
    )
    expect(agreementTo(await hold(2)).holdVersion).not.toBe(agreed.holdVersion)
  })

  it('C3: accepts a payment for a hold that an older version of Naru wrote without a version', async () => {
    const { room, passId, agreed, pay } = await heldByOne()
    const { hold } = roomKeys(room)
    const { version: _, ...old } = JSON.parse((await redis().hget(hold, passId)) ?? '{}') as Record<
      string,
      unknown
    >
    await redis().hset(hold, passId, JSON.stringify(old))
    expect(await readHold(redis(), { room, passId })).toMatchObject({ hold: { version: agreed.holdVersion } })
    expect(await pay('key')).toMatchObject({ status: 'accepted' })
  })

  it('rejects payments beyond the queue limit when hundreds of fans pay concurrently, and keeps their holds', async () => {
    const { room, accounts } = await openRoom(200)
    const recorder = openTestRecorder(db())
    const passes = await grantTestPasses(redis(), room, accounts)
    const pay = async (account: string, n: number) => {
      const passId = passes[n] ?? ''
      const held = await takeHold(caller(n), { room, account, passId, basket: [{ type: 1, quantity: 1 }] })
      const agreed = agreementTo(held)
      const input = { room, account, passId, method: 'card-ok', ...agreed, idempotencyKey: 'key' }
      return acceptPayment({ redis: caller(n), db: db(), recorder, rememberSeconds: 60, queueMax: 30 }, input)
    }
    const results = await Promise.all(accounts.map(pay))
    expect(results.filter(({ status }) => status === 'accepted')).toHaveLength(30)
    expect(results.filter(({ status }) => status === 'busy')).toHaveLength(170)
    expect(await redis().hget(roomKeys(room).stock, 'held:1')).toBe('200')
  })

  it('extends the hold until the next attempt when the payment queue is full', async () => {
    const { room, passId, pay } = await heldByOne(0)
    const { hold, holds } = roomKeys(room)
    const content = JSON.parse((await redis().hget(hold, passId)) ?? '{}') as object
    const soon = Date.now() + 3000
    await redis().hset(hold, passId, JSON.stringify({ ...content, expires: soon }))
    await redis().zadd(holds, soon, passId)
    expect(await pay('key')).toEqual({ status: 'busy' })
    const ends = Number(await redis().zscore(holds, passId))
    expect(ends).toBeGreaterThan(soon + 5000)
    expect(await readHold(redis(), { room, passId })).toMatchObject({ hold: { expiresAt: new Date(ends) } })
    // A hold that lasts longer anyway is not extended.
    const later = Date.now() + 200_000
    await redis().hset(hold, passId, JSON.stringify({ ...content, expires: later }))
    await redis().zadd(holds, later, passId)
    await pay('key')
    expect(Number(await redis().zscore(holds, passId))).toBe(later)
  })

  it('extends a hold by no more than a minute, however often its payment is rejected for a full queue', async () => {
    const { room, passId, pay } = await heldByOne(0)
    const { hold, holds } = roomKeys(room)
    const stored = async () => JSON.parse((await redis().hget(hold, passId)) ?? '{}') as { expires: number }
    const soon = Date.now() + 3000
    await redis().hset(hold, passId, JSON.stringify({ ...(await stored()), expires: soon }))
    await pay('key')
    expect((await stored()).expires).toBeGreaterThan(soon)
    // As when its payment has been rejected for nearly a minute already.
    await redis().hset(hold, passId, JSON.stringify({ ...(await stored()), due: Date.now() - 55_000 }))
    await redis().zadd(holds, soon, passId)
    const before = (await stored()).expires
    await pay('key')
    expect((await stored()).expires).toBe(before)
  })

  it('prevents the hold from expiring, being released and being changed', async () => {
    const { room, account, passId, pay } = await heldByOne()
    await pay('key')
    const { holds } = roomKeys(room)
    expect(Number(await redis().zscore(holds, passId))).toBeGreaterThan(Date.now() + 1e12)
    expect(await sweepHolds(redis(), room, 100)).toBe(0)
    expect(await releaseHold(redis(), { room, passId })).toEqual({ status: 'paying' })
    const basket = [{ type: 1, quantity: 1 }]
    expect(await takeHold(redis(), { room, account, passId, basket })).toEqual({ status: 'paying' })
  })

  it('accepts nothing for a hold that is missing or has expired', async () => {
    const { room, passId, pay } = await heldByOne()
    const { hold } = roomKeys(room)
    const content = JSON.parse((await redis().hget(hold, passId)) ?? '{}') as object
    await redis().hset(hold, passId, JSON.stringify({ ...content, expires: 1000 }))
    expect(await pay('key')).toEqual({ status: 'hold-expired' })
    await redis().hdel(hold, passId)
    expect(await pay('key')).toEqual({ status: 'hold-missing' })
    expect(await redis().exists(roomKeys(room).payments)).toBe(0)
  })
})

describe('finishing a payment', () => {
  async function paying() {
    const sale = await heldByOne()
    const accepted = await sale.pay('key')
    const { payments } = roomKeys(sale.room)
    await redis().xgroup('CREATE', payments, 'settlers', '0')
    const [[, entries = []] = []] = (await redis().xreadgroup(
      ...(['GROUP', 'settlers', 'test', 'COUNT', 10, 'STREAMS', payments, '>'] as const),
    )) as [string, [string, string[]][]][]
    const payment = {
      id: accepted.status === 'accepted' ? accepted.payment : '',
      account: sale.account,
      room: sale.room,
      hold: sale.passId,
      basket: [{ type: 1, quantity: 2 }],
      amountMinor: 2000,
      currency: 'KRW',
      method: 'card-ok',
    }
    return { ...sale, queued: { entry: entries[0]?.[0] ?? '', payment } }
  }

  const stockOf = async (room: string) =>
    (await redis().hmget(roomKeys(room).stock, 'free:1', 'held:1', 'sold:1')).map(Number)

  it('sells the units once, when hundreds finish it concurrently, ends the pass and clears the stream', async () => {
    const { room, account, queued } = await paying()
    const end = { state: 'confirmed', orderId: randomUUID() } as const
    await Promise.all(Array.from({ length: 200 }, (_, n) => finishPayment(caller(n), queued, end, 60)))
    expect(await stockOf(room)).toEqual([99_998, 0, 2])
    expect(await redis().zscore(roomKeys(room).passes, account)).toBeNull()
    expect(await redis().xlen(roomKeys(room).payments)).toBe(0)
    expect(await redis().hget(roomKeys(room).counts, `${account}:1`)).toBe('2')
    expect(await redis().hget(roomKeys(room).payment(queued.payment.id), 'order')).toBe(end.orderId)
  })

  it('leaves a declined hold, its pass and its units for another attempt', async () => {
    const { room, queued, pay } = await paying()
    await finishPayment(redis(), queued, { state: 'declined', reason: 'card declined' }, 60)
    expect(await stockOf(room)).toEqual([99_998, 2, 0])
    const again = await pay('second key')
    expect(again.status).toBe('accepted')
    // The first payment, finished again by a slow worker, does not touch what the second is paying for.
    await finishPayment(redis(), queued, { state: 'declined' }, 60)
    expect(await pay('third key')).toMatchObject({ status: 'paying' })
  })

  it('releases the units of an expired payment once when hundreds expire it concurrently', async () => {
    const { room, account, queued } = await paying()
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => finishPayment(caller(n), queued, { state: 'expired' }, 60)),
    )
    expect(await stockOf(room)).toEqual([100_000, 0, 0])
    expect(await redis().hget(roomKeys(room).counts, `${account}:1`)).toBeNull()
  })

  it('publishes states in ascending order only, whatever the order of the updates', async () => {
    const { room, queued } = await paying()
    const { id } = queued.payment
    const state = () => redis().hget(roomKeys(room).payment(id), 'state')
    const shown = (next: ShownState, n = 0) => showPayment(caller(n), queued.payment, next)
    expect(await shown('paid')).toBe('shown')
    expect(await shown('charging')).toBe('unchanged')
    expect(await state()).toBe('paid')
    const late = Array.from({ length: 200 }, (_, n) => shown(n % 2 === 0 ? 'charging' : 'paid', n))
    await Promise.all([...late, finishPayment(caller(1), queued, { state: 'confirmed' }, 60)])
    expect(await state()).toBe('confirmed')
    // Its order was cancelled, and a stalled worker ends the payment after that.
    expect(await shown('refunding')).toBe('shown')
    expect(await shown('refunded')).toBe('shown')
    await finishPayment(redis(), queued, { state: 'confirmed', orderId: 'x' }, 60)
    expect(await state()).toBe('refunded')
  })

  it('publishes nothing for a payment that was deleted after its end', async () => {
    const room = await publishTestRoom(redis())
    expect(await showPayment(redis(), { room, id: 'forgotten' }, 'charging')).toBe('lost')
    expect(await redis().exists(roomKeys(room).payment('forgotten'))).toBe(0)
  })

  it('ends a payment without its entry, which stays for the worker that has it', async () => {
    const { room, queued } = await paying()
    await finishPayment(redis(), { payment: queued.payment }, { state: 'confirmed' }, 60)
    expect(await stockOf(room)).toEqual([99_998, 0, 2])
    expect(await redis().xlen(roomKeys(room).payments)).toBe(1)
    await finishPayment(redis(), queued, { state: 'confirmed' }, 60)
    expect(await stockOf(room)).toEqual([99_998, 0, 2])
    expect(await redis().xlen(roomKeys(room).payments)).toBe(0)
  })

  it('counts the units of a refunded payment as sold to another account, and not to its own', async () => {
    const { room, account, queued } = await paying()
    await finishPayment(redis(), queued, { state: 'refunded' }, 60)
    expect(await stockOf(room)).toEqual([99_998, 0, 2])
    expect(await redis().hget(roomKeys(room).counts, `${account}:1`)).toBeNull()
  })
})
