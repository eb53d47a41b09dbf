import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { festivals, roomCheckpoints, rooms } from '../../drizzle/schema/catalogue.ts'
import { deadLetters, orders, payments } from '../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { nodesOf, type Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../shared/testing/redis.ts'
import { createCatalogueCopy } from '../catalogue/catalogue.ts'
import { changeTicketType } from '../catalogue/change-ticket-type.ts'
import { publishFestival, unpublishFestival } from '../catalogue/publish-festival.ts'
import { takeHold } from '../holds/take-hold.ts'
import { finishCancellation } from '../orders/finish-cancellation.ts'
import { acceptPayment } from '../payments/process/accept-payment.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { settlePayments } from '../payments/process/settle-payments.ts'
import { readArchivedStats } from '../reports/archived-stats.ts'
import { createBookProvider } from '../testing/book-provider.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../testing/origin.ts'
import { openTestRecorder } from '../testing/payments.ts'
import { archiveRoom } from './archive-room.ts'
import { archiveRooms } from './archive-rooms.ts'
import { findArchived } from './archived-room.ts'
import { changeRoom } from './change-room.ts'
import { createCheckpoints } from './checkpoint.ts'
import { clearLeftRooms } from './clear-rooms.ts'
import { readRoom } from './read-room.ts'

const { redis, caller } = useRedis(4)
const { db } = useDatabase()
const log = createLogger('test', 'silent')
const HOUR_MS = 3_600_000
const LIMITS = { festivalsMax: 1, ticketTypesMax: 5, unitsPerTypeMax: 100, unitsPerFestivalMax: 100 }

const newCatalogue = (on: Redis = redis()) =>
  createCatalogueCopy({ db: db(), redis: on, log, festivalsMax: 1000, restoreMs: 0 })

/** A sale in which forty entered, twenty were called and two bought; `close` ends it a second ago. */
async function openSale(options: { holdSeconds?: number } = {}) {
  const festival = await makeTestFestival({ db: db(), redis: redis() }, { quantities: [10], ...options })
  const { id: room, types } = festival
  const keys = roomKeys(room)
  await redis().setrange(keys.entries, 40 * 16 - 1, '\0')
  await redis().hset(keys.admission, { serving: 19, missedThrough: 19 })
  const accounts = await makeTestAccounts(db(), 4)
  const bought = accounts.slice(0, 2).map((account) => makeTestPayment(festival, account, 2))
  await beginPayments(db(), bought, new Date())
  const charged = bought.map((payment) => ({
    payment,
    outcome: { status: 'succeeded' as const, chargeId: payment.id },
  }))
  await settlePayments(db(), charged, new Date())
  const [type = 0] = types
  await redis().hincrby(keys.stock, `free:${type}`, -4)
  await redis().hincrby(keys.stock, `sold:${type}`, 4)
  const catalogue = newCatalogue()
  return {
    ...{ room, type, keys, accounts, bought, catalogue, festival },
    async close(closesAt = new Date(Date.now() - 1000)): Promise<void> {
      const row = await readRoom(db(), room)
      await db()
        .update(rooms)
        .set({ closesAt, version: (row?.version ?? 0) + 1 })
        .where(eq(rooms.id, room))
      await catalogue.refresh()
    },
    archive: (on: Redis = redis(), archiveAfterMs = 0) =>
      archiveRoom(
        { db: db(), redis: on, now: Date.now, archiveAfterMs },
        { id: room, lobbyEntries: null, drawSeed: null, drawRecord: null },
      ),
    stock: async () => {
      const counts = await redis().hmget(keys.stock, `free:${type}`, `held:${type}`, `sold:${type}`)
      return counts.map(Number)
    },
  }
}

async function closedSale() {
  const sale = await openSale()
  await sale.close()
  return sale
}

async function keysOf(room: string): Promise<string[]> {
  const found = await Promise.all(nodesOf(redis()).map((server) => server.keys(`room:{${room}}:*`)))
  return found.flat()
}

const clear = (on: Redis = redis()) =>
  clearLeftRooms({ db: db(), redis: on, now: () => Date.now() + 1000, origin: 'test', clearAfterMs: 0 })

const archivedRow = async (room: string) => (await readRoom(db(), room))?.archivedAt ?? undefined

/** A Redis client on which one command goes through `act`. */
function intercepting(
  on: Redis,
  command: string,
  act: (send: () => Promise<unknown>) => Promise<unknown>,
): Redis {
  return new Proxy(on, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== command) return value.bind(target) as unknown
      return (...args: unknown[]) => act(() => Reflect.apply(value, target, args) as Promise<unknown>)
    },
  })
}

/** Redis executes this command, and the origin dies before it receives the reply. */
function dyingAfter(on: Redis, command: string): Redis {
  return intercepting(on, command, async (send) => {
    await send()
    throw new Error('the origin died')
  })
}

/** Runs something right before the first time that this command is sent to Redis. */
function onceBefore(on: Redis, command: string, act: () => Promise<unknown>): Redis {
  let happened: Promise<unknown> | undefined
  return intercepting(on, command, async (send) => {
    happened ??= act()
    await happened
    return await send()
  })
}

describe('a room whose sale is over (M11)', () => {
  it('leaves Redis with every key, and stays in MySQL with its orders', async () => {
    const { room, keys, archive, catalogue, bought } = await closedSale()
    await redis().set(keys.idempotency('account', 'key'), '{}')
    await redis().hset(keys.payment('forgotten'), 'failures', 1)
    expect(await archive()).toEqual({ status: 'archived' })
    await catalogue.refresh()
    expect(catalogue.current().map((record) => record.room.id)).not.toContain(room)
    expect(await clear()).toBeGreaterThan(0)
    expect(await keysOf(room)).toEqual([])
    expect(await readRoom(db(), room)).toMatchObject({ leftRedisAt: null })
    expect(await db().select().from(orders).where(eq(orders.festivalId, room))).toHaveLength(bought.length)
    expect(await findArchived(db(), room)).toMatchObject({ archived: { entries: 40, serving: 19 } })
    expect(await readArchivedStats(db(), room)).toMatchObject({
      ...{ phase: 'closed', entries: 40, serving: 19 },
      stock: [{ quantity: 10, free: 6, sold: 4 }],
    })
  })

  it('is listed as upcoming until a day after the festival', async () => {
    const { room, archive, catalogue } = await closedSale()
    await archive()
    await catalogue.refresh()
    expect(catalogue.upcoming().map(({ archived }) => archived)).toContainEqual(
      expect.objectContaining({ room, entries: 40, serving: 19 }),
    )
    await db()
      .update(festivals)
      .set({ endsAt: new Date(Date.now() - 25 * HOUR_MS) })
      .where(eq(festivals.id, room))
    await catalogue.refresh()
    expect(catalogue.upcoming().map((record) => record.room.id)).not.toContain(room)
    expect((await findArchived(db(), room))?.festival.id).toBe(room)
  })

  it('is archived once when many origins do it concurrently', async () => {
    const { archive, room } = await closedSale()
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => archive(caller(n))))
    expect(results.filter(({ status }) => status === 'archived')).toHaveLength(1)
    expect(await archivedRow(room)).toBeInstanceOf(Date)
  })

  it('stays while it is open, and until the configured time after its closing', async () => {
    const sale = await openSale()
    expect(await sale.archive()).toEqual({ status: 'not-over' })
    await sale.close()
    expect(await sale.archive(redis(), HOUR_MS)).toEqual({ status: 'not-over' })
    expect(await sale.archive(redis(), 500)).toEqual({ status: 'archived' })
  })

  it('stays when Redis has a later closing time than the origin knows', async () => {
    const sale = await closedSale()
    await redis().hset(sale.keys.settings, 'closesAt', Date.now() + HOUR_MS)
    expect(await sale.archive()).toEqual({ status: 'not-over' })
    expect(await archivedRow(sale.room)).toBeUndefined()
  })

  it('stays while there is a live pass, a hold or a payment in process', async () => {
    const sale = await openSale()
    const [account = ''] = sale.accounts.slice(2)
    const [passId = ''] = await grantTestPasses(redis(), sale.room, [account])
    const basket = [{ type: sale.type, quantity: 1 }]
    await takeHold(redis(), { room: sale.room, account, passId, basket })
    await sale.close()
    expect(await sale.archive()).toEqual({ status: 'in-flight' })
    await redis().zadd(sale.keys.passes, 1, account)
    expect(await sale.archive()).toEqual({ status: 'in-flight' })
    await redis().zrem(sale.keys.holds, passId)
    await redis().xadd(sale.keys.payments, '*', 'payment', 'one')
    expect(await sale.archive()).toEqual({ status: 'in-flight' })
    await redis().xtrim(sale.keys.payments, 'MAXLEN', 0)
    expect(await sale.archive()).toEqual({ status: 'archived' })
  })

  it('stays while MySQL has a payment that did not end, or an open dead letter', async () => {
    const sale = await closedSale()
    const late = makeTestPayment(sale.festival, sale.accounts[2] ?? '')
    await beginPayments(db(), [late], new Date())
    expect(await sale.archive()).toEqual({ status: 'in-flight' })
    await db().update(payments).set({ state: 'declined' }).where(eq(payments.id, late.id))
    await db()
      .insert(deadLetters)
      .values({
        ...{ festivalId: sale.room, entry: '1-1', paymentId: late.id, fields: {} },
        ...{ reason: 'test', attempts: 1, at: new Date() },
      })
    expect(await sale.archive()).toEqual({ status: 'in-flight' })
    await db()
      .update(deadLetters)
      .set({ resolvedAt: new Date() })
      .where(eq(deadLetters.festivalId, sale.room))
    expect(await sale.archive()).toEqual({ status: 'archived' })
  })

  it('stays while it is rebuilt, and while its epoch differs from that of MySQL', async () => {
    const sale = await closedSale()
    await redis().set(sale.keys.rebuild, 'builder')
    expect(await sale.archive()).toEqual({ status: 'elsewhere' })
    await redis().del(sale.keys.rebuild)
    await db().update(rooms).set({ epoch: 7 }).where(eq(rooms.id, sale.room))
    expect(await sale.archive()).toEqual({ status: 'elsewhere' })
  })

  it('is never archived with a payment that was accepted at the same moment', async () => {
    for (let round = 0; round < 12; round += 1) {
      const sale = await openSale()
      const [account = ''] = sale.accounts.slice(2)
      const [passId = ''] = await grantTestPasses(redis(), sale.room, [account])
      const basket = [{ type: sale.type, quantity: 1 }]
      const held = await takeHold(redis(), { room: sale.room, account, passId, basket })
      if (held.status !== 'held') throw new Error(held.status)
      await sale.close()
      // The pass has expired; the hold is paid for in its last moment.
      await redis().zadd(sale.keys.passes, 1, account)
      const pay = () =>
        acceptPayment(
          {
            redis: caller(1),
            db: db(),
            recorder: openTestRecorder(db()),
            rememberSeconds: 60,
            queueMax: 10,
          },
          {
            ...{ room: sale.room, account, passId, method: 'card-ok', idempotencyKey: passId },
            ...{ amountMinor: held.hold.amountMinor, holdVersion: held.hold.version },
          },
        )
      const [paid, archived] = await Promise.all([pay(), sale.archive(caller(2))])
      expect(paid.status).toBe('accepted')
      expect(archived).toEqual({ status: 'in-flight' })
      expect(await redis().xlen(sale.keys.payments)).toBe(1)
    }
  })

  it('is rebuilt when the origin died before MySQL recorded it as archived, and archived after that', async () => {
    const sale = await closedSale()
    await expect(sale.archive(dyingAfter(caller(1), 'roomArchive'))).rejects.toThrow('died')
    expect(await redis().exists(sale.keys.settings)).toBe(0)
    expect(await archivedRow(sale.room)).toBeUndefined()
    // Nothing is deleted unless MySQL has the room as archived.
    await clear()
    await sale.catalogue.refresh()
    expect(await sale.stock()).toEqual([6, 0, 4])
    expect(await redis().strlen(sale.keys.entries)).toBe(640)
    expect(await redis().hget(sale.keys.admission, 'serving')).toBe('19')
    expect(await sale.archive()).toEqual({ status: 'archived' })
  })

  it('is cleared by another origin when the first died during clearing', async () => {
    const sale = await closedSale()
    await sale.archive()
    await expect(clear(dyingAfter(caller(1), 'roomClear'))).rejects.toThrow('died')
    await redis().hset(sale.keys.hold, 'left', 'over')
    await clear(caller(2))
    expect(await keysOf(sale.room)).toEqual([])
  })

  it('is not built from an older copy of the catalogue once it is archived', async () => {
    const sale = await closedSale()
    const slow = newCatalogue(caller(1))
    await slow.refresh()
    const before = await readRoom(db(), sale.room)
    await sale.archive()
    const { openEpoch } = await import('./rebuild-room.ts')
    if (before === undefined) throw new Error('the room is in MySQL')
    expect(await openEpoch(db(), before, '')).toBeUndefined()
  })

  it('keeps its keys when it came back after another origin had found them to clear', async () => {
    const sale = await closedSale()
    await sale.archive()
    const [account = ''] = sale.accounts
    const change = { closesAt: new Date(Date.now() + HOUR_MS) }
    await clear(
      onceBefore(caller(2), 'roomClear', async () => {
        const catalogue = newCatalogue(caller(1))
        await changeRoom({ db: db(), redis: caller(1), catalogue }, { room: sale.room, account, change })
        await catalogue.refresh()
      }),
    )
    expect(await sale.stock()).toEqual([6, 0, 4])
    expect(await redis().strlen(sale.keys.entries)).toBe(640)
    expect(await readRoom(db(), sale.room)).toMatchObject({ archivedAt: null, leftRedisAt: null })
  })

  it('keeps its keys while it is being rebuilt, and is checked again after that', async () => {
    const sale = await closedSale()
    await sale.archive()
    const { settings, rebuild, admission, calls, unresolved, turnEnds, stock } = sale.keys
    await clear(
      onceBefore(caller(2), 'roomClear', () =>
        redis().roomNotice(
          ...([settings, rebuild, admission, calls, unresolved, turnEnds] as const),
          ...(['builder', 60_000, 2, '', ''] as const),
        ),
      ),
    )
    expect(await redis().exists(stock)).toBe(1)
    expect((await readRoom(db(), sale.room))?.leftRedisAt).toBeInstanceOf(Date)
    await redis().del(rebuild)
    await clear()
    expect(await keysOf(sale.room)).toEqual([])
  })
})

describe('an archived sale', () => {
  async function archivedSale() {
    const sale = await closedSale()
    await sale.archive()
    await sale.catalogue.refresh()
    await clear()
    return sale
  }

  it('comes back with all places when the organiser extends it', async () => {
    const sale = await archivedSale()
    const [account = ''] = sale.accounts
    const change = { closesAt: new Date(Date.now() + HOUR_MS) }
    const deps = { db: db(), redis: redis(), catalogue: sale.catalogue }
    expect(await changeRoom(deps, { room: sale.room, account, change })).toMatchObject({ status: 'changed' })
    await sale.catalogue.refresh()
    expect(await redis().strlen(sale.keys.entries)).toBe(640)
    expect(await redis().hget(sale.keys.admission, 'serving')).toBe('19')
    expect(await sale.stock()).toEqual([6, 0, 4])
    expect(sale.catalogue.upcoming().map((record) => record.room.id)).not.toContain(sale.room)
  })

  it('stays archived when a change does not open it again', async () => {
    const sale = await archivedSale()
    const [account = ''] = sale.accounts
    const change = { notice: { ko: '끝', en: 'Over' } }
    const deps = { db: db(), redis: redis(), catalogue: sale.catalogue }
    expect(await changeRoom(deps, { room: sale.room, account, change })).toMatchObject({ status: 'changed' })
    await sale.catalogue.refresh()
    expect(await keysOf(sale.room)).toEqual([])
    const { archived } = (await findArchived(db(), sale.room)) ?? {}
    expect(archived?.settings['noticeEn']).toBe('Over')
  })

  it('cancels orders, and frees their units in MySQL, without the room', async () => {
    const sale = await archivedSale()
    const [order] = await db().select().from(orders).where(eq(orders.festivalId, sale.room))
    if (order === undefined) throw new Error('two were bought')
    await db().update(orders).set({ state: 'cancelling' }).where(eq(orders.id, order.id))
    await db().update(payments).set({ state: 'refunding' }).where(eq(payments.id, order.paymentId))
    const provider = createBookProvider()
    const finish = () => finishCancellation({ db: db(), redis: redis(), provider, now: Date.now }, order.id)
    expect(await finish()).toEqual({ status: 'finished' })
    expect(await finish()).toEqual({ status: 'finished' })
    expect(provider.refunds.size).toBe(1)
    expect(await readArchivedStats(db(), sale.room)).toMatchObject({ stock: [{ free: 8, sold: 2 }] })
  })

  it('may get fewer units of a type, and may not be unpublished once fans had entered', async () => {
    const sale = await archivedSale()
    const [account = ''] = sale.accounts
    const deps = { db: db(), redis: redis(), now: Date.now, catalogue: sale.catalogue, limits: LIMITS }
    const input = { festival: sale.room, type: sale.type, account, change: { quantity: 6 } }
    expect(await changeTicketType(deps, input)).toMatchObject({ status: 'changed' })
    expect(await unpublishFestival(deps, { festival: sale.room, account })).toMatchObject({
      status: 'conflict',
      detail: '40 have entered its room, so fans keep seeing it',
    })
    await db().delete(roomCheckpoints).where(eq(roomCheckpoints.roomId, sale.room))
    expect(await unpublishFestival(deps, { festival: sale.room, account })).toMatchObject({ status: 'done' })
  })

  it('does not count towards the limit of published festivals', async () => {
    // A separate database has no other festival.
    await db().update(festivals).set({ published: false })
    const sale = await openSale()
    const { id } = await makeTestFestival({ db: db() })
    // It must last no longer than a published festival may.
    const startsAt = new Date(Date.now() + 15 * 365 * 86_400_000)
    await db().update(festivals).set({ published: false, startsAt }).where(eq(festivals.id, id))
    const [account = ''] = sale.accounts
    const deps = { db: db(), redis: redis(), now: Date.now, catalogue: sale.catalogue, limits: LIMITS }
    expect(await publishFestival(deps, { festival: id, account })).toMatchObject({ status: 'conflict' })
    await sale.close()
    await sale.archive()
    expect(await publishFestival(deps, { festival: id, account })).toMatchObject({ status: 'done' })
  })
})

it('keeps all that a draw has published, and restores it when the sale is extended', async () => {
  const { id: room } = await makeTestFestival({ db: db(), redis: redis() }, { room: { order: 'draw' } })
  const keys = roomKeys(room)
  const log = randomBytes(16 * 20)
  // Redis stores no zeros behind the last participating place.
  const participants = Buffer.from([0b1010_0000, 0b0000_0001])
  const record: Record<string, string> = {
    ...{ lobbyEntries: '20', participants: '3', logHash: 'aa'.repeat(32), participantsHash: 'bb'.repeat(32) },
    ...{ closedAt: '1795000000000', round: '7', roundAt: '1795000003000', beaconKey: 'cc'.repeat(96) },
    ...{ signature: 'dd'.repeat(48), seed: 'ee'.repeat(32) },
  }
  await redis().set(keys.entries, log)
  await redis().set(keys.participants, participants)
  await redis().hset(keys.admission, record)
  const row = await readRoom(db(), room)
  await db()
    .update(rooms)
    .set({ closesAt: new Date(Date.now() - 1000), version: (row?.version ?? 0) + 1 })
    .where(eq(rooms.id, room))
  const catalogue = newCatalogue()
  await catalogue.refresh()
  const archive = async () => {
    const now = await readRoom(db(), room)
    if (now === undefined) throw new Error('the room is in MySQL')
    return await archiveRoom({ db: db(), redis: redis(), now: Date.now, archiveAfterMs: 0 }, now)
  }
  expect(await archive()).toEqual({ status: 'not-stored' })
  await createCheckpoints({ db: db(), redis: redis() }).write(catalogue.current().map((each) => each.room))
  expect(await archive()).toEqual({ status: 'archived' })
  await catalogue.refresh()
  await clear()
  expect(await keysOf(room)).toEqual([])
  expect(JSON.parse((await findArchived(db(), room))?.archived.draw ?? '')).toEqual(record)
  expect((await readArchivedStats(db(), room))?.draw.participants).toBe(3)

  const [account = ''] = await makeTestAccounts(db(), 1)
  const change = { closesAt: new Date(Date.now() + HOUR_MS) }
  await changeRoom({ db: db(), redis: redis(), catalogue }, { room, account, change })
  await catalogue.refresh()
  expect(await redis().hmget(keys.admission, ...Object.keys(record))).toEqual(Object.values(record))
  expect((await redis().getBuffer(keys.entries))?.equals(log)).toBe(true)
  const bitmap = await redis().getBuffer(keys.participants)
  expect(bitmap?.equals(Buffer.concat([participants], 3))).toBe(true)
})

it('archives and clears in one round what has been over for the configured time', async () => {
  const sale = await closedSale()
  const round = (archiveAfterMs: number) =>
    archiveRooms({
      ...{ db: db(), redis: redis(), now: Date.now, log, origin: 'test', catalogue: sale.catalogue },
      ...{ archiveAfterMs, clearAfterMs: -1000 },
    })
  await round(HOUR_MS)
  expect(await archivedRow(sale.room)).toBeUndefined()
  await round(0)
  expect(await archivedRow(sale.room)).toBeInstanceOf(Date)
  expect(await keysOf(sale.room)).toEqual([])
})
