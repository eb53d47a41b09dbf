import { and, count, eq, isNotNull } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { roomCheckpoints, units } from '../../drizzle/schema/catalogue.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses, useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { takeHold } from '../holds/take-hold.ts'
import { acceptPayment } from '../payments/process/accept-payment.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { settlePayments } from '../payments/process/settle-payments.ts'
import { type PaymentWorker, startPaymentWorker } from '../payments/process/worker.ts'
import { createBookProvider } from '../testing/book-provider.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../testing/origin.ts'
import { openTestRecorder, testWorkerDeps } from '../testing/payments.ts'
import { readLastCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { type MaintainedRoom, maintainRoom } from './maintain-room.ts'
import { readRoom } from './read-room.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const workers: PaymentWorker[] = []

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})

const RESTORE_MS = 60_000

async function keep(
  room: string,
  on: Redis = redis(),
  leaseMs = 10_000,
  runId = '',
): Promise<MaintainedRoom> {
  const record = (await readCatalogue(db(), 1000)).find((each) => each.room.id === room)
  if (record === undefined) throw new Error('the festival is in MySQL')
  const deps = { db: db(), redis: on, restoreMs: RESTORE_MS, leaseMs }
  return maintainRoom(deps, record, { changed: true, runId })
}

/** Restoring is over. */
const endRestoring = (room: string) => redis().hset(roomKeys(room).settings, 'restoringUntil', 1)

function startWorker(room: string) {
  const provider = createBookProvider()
  workers.push(
    startPaymentWorker(
      testWorkerDeps({ db: db(), redis: redis(), provider }, { backoff: { baseMs: 200, maxMs: 60_000 } }),
      room,
    ),
  )
  return provider
}

/** A sale in progress: orders, payments recorded and not processed, and holds without a payment. */
async function halfSold() {
  const festival = await makeTestFestival({ db: db(), redis: redis() }, { quantities: [40], accountLimit: 4 })
  const room = festival.id
  const accounts = await makeTestAccounts(db(), 12)
  const made = accounts.map((account, i) => makeTestPayment(festival, account, (i % 4) + 1))
  const owned = made.slice(0, 6)
  const open = made.slice(6, 10)
  await beginPayments(db(), [...owned, ...open], new Date())
  const charged = owned.map((payment) => ({
    payment,
    outcome: { status: 'succeeded' as const, chargeId: payment.id },
  }))
  await settlePayments(db(), charged, new Date())
  return { room, type: festival.types[0] ?? 0, accounts, owned, open }
}

async function stockOf(room: string, type: number) {
  const { stock } = roomKeys(room)
  const [free, held, sold] = await redis().hmget(stock, `free:${type}`, `held:${type}`, `sold:${type}`)
  return { free: Number(free), held: Number(held), sold: Number(sold) }
}

async function soldInMysql(type: number): Promise<number> {
  const [row] = await db()
    .select({ sold: count() })
    .from(units)
    .where(and(eq(units.ticketTypeId, type), isNotNull(units.orderId)))
  return row?.sold ?? 0
}

const sum = (made: readonly { basket: readonly { quantity: number }[] }[]) =>
  made.flatMap(({ basket }) => basket).reduce((total, { quantity }) => total + quantity, 0)

/** Everything of a room in Redis that a rebuild decides, apart from its epoch and its times. */
async function contentOf(room: string) {
  const keys = roomKeys(room)
  const [{ restoringUntil, epoch, ...settings }, { recalled, callTimes, ...admission }] = await Promise.all([
    redis().hgetall(keys.settings),
    redis().hgetall(keys.admission),
  ])
  const holds = await redis().hgetall(keys.hold)
  return {
    settings,
    admission,
    log: await redis().getBuffer(keys.entries),
    stock: await redis().hgetall(keys.stock),
    types: await redis().hgetall(keys.types),
    counts: await redis().hgetall(keys.counts),
    holds: Object.keys(holds).toSorted(),
    called: (await redis().zrange(keys.calls, '0', '-1', 'WITHSCORES')).filter((_, i) => i % 2 === 1),
    payments: await redis().xlen(keys.payments),
  }
}

describe('a room that Redis has lost', () => {
  it('has the stock and the counts of MySQL again, and the units of payments in process held', async () => {
    const { room, type, owned, open } = await halfSold()
    await wipeTestRoom(redis(), room)
    expect(await keep(room)).toBe('built')
    expect(await soldInMysql(type)).toBe(sum(owned))
    const expected = { free: 40 - sum(owned) - sum(open), held: sum(open), sold: sum(owned) }
    expect(await stockOf(room, type)).toEqual(expected)
    const counts = Object.fromEntries(
      [...owned, ...open].map(({ account, basket }) => [`${account}:${type}`, String(basket[0]?.quantity)]),
    )
    expect(await redis().hgetall(roomKeys(room).counts)).toEqual(counts)
    expect(await readRoom(db(), room)).toMatchObject({ epoch: 2 })
    expect(await redis().hget(roomKeys(room).settings, 'epoch')).toBe('2')
  })

  it('has its recorded payments processed, each charged once, and then agrees with MySQL', async () => {
    const { room, type, owned, open } = await halfSold()
    await wipeTestRoom(redis(), room)
    await keep(room)
    const provider = startWorker(room)
    await expect.poll(() => redis().xlen(roomKeys(room).payments), { timeout: 20_000 }).toBe(0)
    await expect.poll(() => provider.charges.size).toBe(open.length)
    expect(provider.attempts.toSorted()).toEqual(open.map(({ id }) => id).toSorted())
    const states = await db()
      .select({ state: payments.state })
      .from(payments)
      .where(eq(payments.festivalId, room))
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['confirmed']))
    const sold = sum(owned) + sum(open)
    expect(await soldInMysql(type)).toBe(sold)
    expect(await stockOf(room, type)).toEqual({ free: 40 - sold, held: 0, sold })
    expect(await redis().hlen(roomKeys(room).hold)).toBe(0)
  })

  it('restores a payment that a worker recorded while it was being rebuilt', async () => {
    const { room, type, accounts, owned, open } = await halfSold()
    await wipeTestRoom(redis(), room)
    await keep(room)
    const late = makeTestPayment({ id: room, types: [type] }, accounts[11] ?? '', 2)
    await beginPayments(db(), [late], new Date())
    expect(await keep(room)).toBe('updated')
    expect(await stockOf(room, type)).toMatchObject({ held: sum(open) + 2, sold: sum(owned) })
    startWorker(room)
    await expect.poll(() => redis().xlen(roomKeys(room).payments), { timeout: 20_000 }).toBe(0)
    // An ended payment is not restored.
    await keep(room)
    const sold = sum(owned) + sum(open) + 2
    expect(await stockOf(room, type)).toEqual({ free: 40 - sold, held: 0, sold })
  })

  it('does not restore a payment that ended in Redis after MySQL was read', async () => {
    const { room, type, open } = await halfSold()
    await wipeTestRoom(redis(), room)
    await keep(room)
    startWorker(room)
    await expect.poll(() => redis().xlen(roomKeys(room).payments), { timeout: 20_000 }).toBe(0)
    const before = await stockOf(room, type)
    const [payment] = open
    if (payment === undefined) throw new Error('four are open')
    const keys = roomKeys(room)
    const { id, account, hold, basket, amountMinor: amount, currency, method } = payment
    const restored = await redis().paymentRestore(
      ...([keys.settings, keys.rebuild, keys.stock, keys.counts] as const),
      ...([keys.holds, keys.hold, keys.payments, keys.payment(id)] as const),
      '',
      1000,
      JSON.stringify({ payment: id, account, hold, basket, amount, currency, method }),
      0,
      1,
      1,
    )
    expect(restored).toEqual(['ended'])
    expect(await stockOf(room, type)).toEqual(before)
  })

  it('lets no account buy more than its limit, counting what it owned before', async () => {
    const { room, type, accounts } = await halfSold()
    await wipeTestRoom(redis(), room)
    await keep(room)
    await endRestoring(room)
    // The fourth fan owns four units, the maximum; the first owns one.
    const [passOfFourth = '', passOfFirst = ''] = await grantTestPasses(redis(), room, [
      accounts[3] ?? '',
      accounts[0] ?? '',
    ])
    const take = (account: string | undefined, passId: string, quantity: number) =>
      takeHold(redis(), { room, account: account ?? '', passId, basket: [{ type, quantity }] })
    expect(await take(accounts[3], passOfFourth, 1)).toMatchObject({ status: 'limit' })
    expect(await take(accounts[0], passOfFirst, 4)).toMatchObject({ status: 'limit' })
    expect(await take(accounts[0], passOfFirst, 3)).toMatchObject({ status: 'held' })
  })

  it('sells nothing while it is missing or restored', async () => {
    const { room, type, accounts } = await halfSold()
    const [passId = ''] = await grantTestPasses(redis(), room, [accounts[11] ?? ''])
    const input = { room, account: accounts[11] ?? '', passId }
    const take = () => takeHold(redis(), { ...input, basket: [{ type, quantity: 1 }] })
    const pay = () =>
      acceptPayment(
        { redis: redis(), db: db(), recorder: openTestRecorder(db()), rememberSeconds: 60, queueMax: 100 },
        { ...input, method: 'card-ok', amountMinor: 1000, holdVersion: '', idempotencyKey: passId },
      )
    await wipeTestRoom(redis(), room)
    expect(await take()).toEqual({ status: 'room-absent' })
    expect(await pay()).toEqual({ status: 'room-absent' })
    await keep(room)
    expect(await take()).toEqual({ status: 'room-absent' })
    expect(await pay()).toEqual({ status: 'room-absent' })
    await endRestoring(room)
    expect(await take()).toEqual({ status: 'pass-ended' })
    expect(await pay()).toEqual({ status: 'hold-missing' })
  })

  it('is built once, when many origins find it missing concurrently', async () => {
    const { room, type, owned, open } = await halfSold()
    await wipeTestRoom(redis(), room)
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => keep(room, caller(n))))
    expect(results.filter((each) => each === 'built')).toHaveLength(1)
    expect(await readRoom(db(), room)).toMatchObject({ epoch: 2 })
    expect(await stockOf(room, type)).toMatchObject({ held: sum(open), sold: sum(owned) })
    expect(await redis().xlen(roomKeys(room).payments)).toBe(open.length)
  })

  it('is the same in the end, at whatever step a first builder died', async () => {
    const { room } = await halfSold()
    await writeCheckpoint(db(), room, { epoch: 1, at: new Date(), entries: 50, serving: 20 })
    await wipeTestRoom(redis(), room)
    await keep(room)
    const whole = await contentOf(room)
    expect(whole).toMatchObject({ called: ['20'], payments: 4, admission: { serving: '20' } })
    let deaths = 0
    for (let commandsMax = 1; ; commandsMax += 1) {
      await wipeTestRoom(redis(), room)
      const died = await keep(room, dyingAfter(caller(1), commandsMax)).then(
        () => false,
        () => true,
      )
      if (!died) break
      deaths += 1
      expect(await redis().exists(roomKeys(room).settings)).toBe(0)
      expect(await keep(room, caller(2))).toBe('elsewhere')
      // The lease of the dead builder expires.
      await redis().del(roomKeys(room).rebuild)
      expect(await keep(room, caller(2))).toBe('built')
      expect(await contentOf(room)).toEqual(whole)
    }
    expect(deaths).toBeGreaterThan(5)
  })

  it('rejects the writes of a builder that has lost its lease', async () => {
    const { room, type } = await halfSold()
    await wipeTestRoom(redis(), room)
    const keys = roomKeys(room)
    const { settings, rebuild, admission, calls, unresolved, turnEnds } = keys
    const noticed = await redis().roomNotice(
      ...([settings, rebuild, admission, calls, unresolved, turnEnds] as const),
      ...(['slow', 5, 1, '', ''] as const),
    )
    expect(noticed).toContain('lost')
    await expect.poll(() => keep(room), { interval: 5 }).toBe('built')
    const before = await contentOf(room)
    const late = await Promise.all([
      redis().roomRebuildLog(keys.rebuild, keys.entries, 'slow', 1000, 159, Buffer.alloc(1)),
      redis().roomRebuildOwned(keys.rebuild, keys.stock, keys.counts, 'slow', 1000, 'account', type, 1),
    ])
    expect(late).toEqual([['outdated'], ['outdated']])
    expect(await contentOf(room)).toEqual(before)
  })

  it('calls recently called fans again, and not those whose time was over', async () => {
    const { room } = await halfSold()
    const minute = (n: number) => new Date(Date.now() - n * 60_000)
    // A grace period of a minute and a pass of ten.
    for (const [n, serving] of [
      [20, 10],
      [12, 15],
      [5, 30],
      [0, 40],
    ] as const) {
      await writeCheckpoint(db(), room, { epoch: 1, at: minute(n), entries: 100, serving })
    }
    await wipeTestRoom(redis(), room)
    await keep(room)
    const keys = roomKeys(room)
    expect(await redis().hmget(keys.admission, 'serving', 'missedThrough')).toEqual(['40', '15'])
    expect(await redis().hget(keys.unresolved, 'total')).toBe('25')
    expect(await redis().strlen(keys.entries)).toBe(1600)
    // Wiped once more before they could claim: they are all called again.
    await wipeTestRoom(redis(), room)
    await keep(room)
    expect(await redis().hmget(keys.admission, 'serving', 'missedThrough')).toEqual(['40', '15'])
    expect(await readLastCheckpoint(db(), room, 0)).toMatchObject({ entries: 100, serving: 40 })
    const rows = await db().select().from(roomCheckpoints).where(eq(roomCheckpoints.roomId, room))
    expect(rows.map(({ serving }) => serving).toSorted((a, b) => a - b)).toEqual([10, 15, 40])
  })

  it('is rebuilt by a round of the catalogue, which leaves the other rooms alone', async () => {
    const { room } = await halfSold()
    const other = await makeTestFestival({ db: db(), redis: redis() })
    const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 1000 })
    await catalogue.refresh()
    await wipeTestRoom(redis(), room)
    await catalogue.refresh()
    expect(await redis().hget(roomKeys(room).settings, 'epoch')).toBe('2')
    expect(await redis().hget(roomKeys(other.id).settings, 'epoch')).toBe('1')
  })
})

describe('a Redis that came back', () => {
  it('is rebuilt whatever it has, when it was restored from an older copy', async () => {
    const { room, type, owned } = await halfSold()
    await redis().hset(roomKeys(room).settings, 'epoch', 0)
    await redis().hset(roomKeys(room).stock, `sold:${type}`, 0)
    expect(await keep(room)).toBe('built')
    expect(await stockOf(room, type)).toMatchObject({ sold: sum(owned) })
  })

  it('H9: is rebuilt once after a restart or as a replica, whatever it has and whichever origin finds it', async () => {
    const { room, type, accounts, owned, open } = await halfSold()
    const keys = roomKeys(room)
    await redis().hset(keys.settings, 'runId', 'before')
    await grantTestPasses(redis(), room, [accounts[0] ?? ''])
    // As a replica may have it that lacks the last seconds.
    await redis().hset(keys.stock, `free:${type}`, 40, `sold:${type}`, 0)
    await redis().orderReturning(keys.settings, keys.returning, 'order')
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) => keep(room, caller(n), 10_000, 'after')),
    )
    expect(results.filter((each) => each === 'built')).toHaveLength(1)
    expect(await readRoom(db(), room)).toMatchObject({ epoch: 2 })
    expect(await redis().hmget(keys.settings, 'epoch', 'runId')).toEqual(['2', 'after'])
    expect(Number(await redis().hget(keys.settings, 'restoringUntil'))).toBeGreaterThan(Date.now())
    expect(await redis().exists(keys.passes, keys.pass, keys.returning)).toBe(0)
    expect(await stockOf(room, type)).toMatchObject({ held: sum(open), sold: sum(owned) })
    expect(await keep(room, redis(), 10_000, 'after')).toBe('updated')
  })

  it('is the same run when it has lost the record of a former failover', async () => {
    const { room } = await halfSold()
    const keys = roomKeys(room)
    await redis().hset(keys.settings, 'runId', 'run@512')
    expect(await keep(room, redis(), 10_000, 'run@512')).toBe('updated')
    expect(await keep(room, redis(), 10_000, 'run')).toBe('updated')
    expect(await keep(room, redis(), 10_000, 'run@900')).toBe('built')
  })

  it('is rebuilt under an epoch later than both, when MySQL was restored with an older one', async () => {
    const { room, type, owned } = await halfSold()
    const keys = roomKeys(room)
    await redis().hset(keys.settings, 'epoch', 7)
    await redis().hset(keys.stock, `sold:${type}`, 0)
    expect(await keep(room)).toBe('elsewhere')
    expect(await keep(room)).toBe('built')
    expect(await readRoom(db(), room)).toMatchObject({ epoch: 9 })
    expect(await redis().hget(keys.settings, 'epoch')).toBe('9')
    expect(await stockOf(room, type)).toMatchObject({ sold: sum(owned) })
  })

  it('is left to its builder, when its epoch is later than this origin has read from MySQL', async () => {
    const { room } = await halfSold()
    const stale = (await readCatalogue(db(), 1000)).find((each) => each.room.id === room)
    if (stale === undefined) throw new Error('the festival is in MySQL')
    await wipeTestRoom(redis(), room)
    await keep(room)
    const deps = { db: db(), redis: redis(), restoreMs: RESTORE_MS, leaseMs: 10_000 }
    expect(await maintainRoom(deps, stale, { changed: true, runId: '' })).toBe('elsewhere')
    expect(await readRoom(db(), room)).toMatchObject({ epoch: 2 })
    expect(await redis().hget(roomKeys(room).settings, 'epoch')).toBe('2')
  })
})

it('is built for the first time without a restoring phase', async () => {
  const { id } = await makeTestFestival({ db: db() })
  expect(await keep(id)).toBe('built')
  expect(await redis().hmget(roomKeys(id).settings, 'epoch', 'restoringUntil')).toEqual(['1', null])
  expect(await keep(id)).toBe('updated')
  expect(await db().select().from(orders).where(eq(orders.festivalId, id))).toEqual([])
})

/** A Redis whose client dies after this many scripts: nothing it sends after that arrives. */
function dyingAfter(on: Redis, commandsMax: number): Redis {
  let commands = 0
  return new Proxy(on, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (!/^(room|payment)/.test(String(name))) return value.bind(target) as unknown
      return (...args: unknown[]) => {
        commands += 1
        if (commands > commandsMax) return Promise.reject(new Error('the builder is dead'))
        return Reflect.apply(value, target, args) as unknown
      }
    },
  })
}
