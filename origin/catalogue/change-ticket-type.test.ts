import { and, asc, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, describe, expect, it } from 'vitest'
import { rooms, ticketTypes, units } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../shared/testing/redis.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { takeHold } from '../holds/take-hold.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { settlePayments } from '../payments/process/settle-payments.ts'
import { publishRoom } from '../rooms/publish-room.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment, type TestFestival } from '../testing/origin.ts'
import { addTicketType } from './add-ticket-type.ts'
import { createCatalogueCopy } from './catalogue.ts'
import { changeTicketType, type TicketTypeChange } from './change-ticket-type.ts'
import { removeTicketType } from './remove-ticket-type.ts'
import { withdrawStock } from './withdraw-stock.ts'

const CALLERS = 4
const { redis, caller } = useRedis(CALLERS)
const { db } = useDatabase()
const limits = { festivalsMax: 1000, ticketTypesMax: 5, unitsPerTypeMax: 500, unitsPerFestivalMax: 1000 }
const log = createLogger('test', 'silent')
let organiser: string

beforeAll(async () => {
  organiser = (await makeTestAccounts(db(), 1))[0] ?? ''
})

/** The dependencies of an organiser's origin; each its own connection and copy of the catalogue. */
function depsOf(n = 0) {
  const catalogue = createCatalogueCopy({ db: db(), redis: caller(n), log, festivalsMax: 1000 })
  return { db: db(), redis: caller(n), now: Date.now, catalogue, limits }
}

const makeFestival = (quantity = 10) =>
  makeTestFestival({ db: db(), redis: redis() }, { quantities: [quantity] })
const typeOf = ({ types }: TestFestival) => types[0] ?? 0

function change(festival: TestFestival, fields: TicketTypeChange, n = 0) {
  return changeTicketType(depsOf(n), {
    festival: festival.id,
    type: typeOf(festival),
    account: organiser,
    change: fields,
  })
}

async function stockOf(festival: TestFestival) {
  const type = typeOf(festival)
  const names = ['quantity', 'free', 'held', 'sold'] as const
  const values = await redis().hmget(roomKeys(festival.id).stock, ...names.map((name) => `${name}:${type}`))
  return Object.fromEntries(names.map((name, i) => [name, Number(values[i])]))
}

const rowsOf = (festival: TestFestival) =>
  db()
    .select({ number: units.number, order: units.orderId })
    .from(units)
    .where(eq(units.ticketTypeId, typeOf(festival)))
    .orderBy(asc(units.number))

const quantityOf = async (festival: TestFestival) =>
  (
    await db()
      .select()
      .from(ticketTypes)
      .where(eq(ticketTypes.id, typeOf(festival)))
  )[0]?.quantity

/** Whether some transaction waits for rows of `units`. */
async function waitsForUnits(): Promise<boolean> {
  const [rows] = await db().execute(
    sql`select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_query like '%units%'`,
  )
  return (rows as unknown as unknown[]).length > 0
}

/** An admitted fan holds one unit. */
async function hold(festival: TestFestival, n = 0, quantity = 1) {
  const account = uuidv7()
  const [pass = ''] = await grantTestPasses(caller(n), festival.id, [account])
  return takeHold(caller(n), {
    room: festival.id,
    account,
    passId: pass,
    basket: [{ type: typeOf(festival), quantity }],
  })
}

/** An order for units, in MySQL and Redis, as the payment workers leave it. */
async function sell(festival: TestFestival, quantity = 1) {
  const [account = ''] = await makeTestAccounts(db(), 1)
  const payment = makeTestPayment(festival, account, quantity)
  await beginPayments(db(), [payment], new Date())
  const settled = await settlePayments(
    db(),
    [{ payment, outcome: { status: 'succeeded', chargeId: uuidv7() } }],
    new Date(),
  )
  const { stock } = roomKeys(festival.id)
  await redis().hincrby(stock, `free:${typeOf(festival)}`, -quantity)
  await redis().hincrby(stock, `sold:${typeOf(festival)}`, quantity)
  return settled.get(payment.id)?.state
}

async function expectAgreement(festival: TestFestival) {
  const [stock, rows, quantity] = await Promise.all([
    stockOf(festival),
    rowsOf(festival),
    quantityOf(festival),
  ])
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: quantity ?? -1 }, (_, i) => i + 1))
  expect(stock['quantity']).toBe(quantity)
  expect((stock['free'] ?? 0) + (stock['held'] ?? 0) + (stock['sold'] ?? 0)).toBe(quantity)
  expect(Math.min(...Object.values(stock))).toBeGreaterThanOrEqual(0)
  expect(stock['sold']).toBe(rows.filter(({ order }) => order !== null).length)
  return stock
}

describe('a quantity', () => {
  it('grows by new units and shrinks by free ones, in MySQL and Redis', async () => {
    const festival = await makeFestival(10)
    for (const quantity of [25, 3, 12]) {
      expect(await change(festival, { quantity })).toMatchObject({ status: 'changed' })
      expect(await expectAgreement(festival)).toMatchObject({ quantity, free: quantity, held: 0 })
    }
  })

  it('does not shrink below what is sold or held', async () => {
    const festival = await makeFestival(10)
    expect(await sell(festival, 4)).toBe('confirmed')
    expect(await change(festival, { quantity: 3 })).toMatchObject({ status: 'conflict', field: 'quantity' })
    await hold(festival, 0, 3)
    expect(await change(festival, { quantity: 6 })).toMatchObject({ status: 'conflict', field: 'quantity' })
    expect(await expectAgreement(festival)).toMatchObject({ quantity: 10, free: 3, held: 3, sold: 4 })
    expect(await change(festival, { quantity: 7 })).toMatchObject({ status: 'changed' })
    expect(await expectAgreement(festival)).toMatchObject({ quantity: 7, free: 0, held: 3, sold: 4 })
  })

  it('is never oversold while two organisers change it and fans hold', async () => {
    const festival = await makeFestival(20)
    const moves = [5, 40, 8, 30, 6, 25, 10, 15]
    const moving = moves.map((quantity, i) => change(festival, { quantity }, i))
    const rounds = Array.from({ length: 12 }, (_, i) => depsOf(i).catalogue.refresh())
    const holding = Array.from({ length: 60 }, (_, i) => hold(festival, i))
    const [moved, holds] = await Promise.all([Promise.all(moving), Promise.all(holding), Promise.all(rounds)])
    await depsOf().catalogue.refresh()
    expect(moved.some(({ status }) => status === 'changed')).toBe(true)
    const held = holds.filter(({ status }) => status === 'held').length
    const stock = await expectAgreement(festival)
    expect(stock['held']).toBe(held)
    expect(held).toBeLessThanOrEqual(stock['quantity'] ?? 0)
  })

  it('leaves a unit for every payment in process when it shrinks', async () => {
    const festival = await makeFestival(30)
    const selling = Array.from({ length: 12 }, () => sell(festival))
    const shrinking = [25, 20, 16, 14].map((quantity, i) => change(festival, { quantity }, i))
    const [states] = await Promise.all([Promise.all(selling), Promise.all(shrinking)])
    expect(states).toEqual(Array.from({ length: 12 }, () => 'confirmed'))
    await depsOf().catalogue.refresh()
    await expectAgreement(festival)
  })

  it('waits for an order that is taking one of the last units, and does not shrink below it', async () => {
    const festival = await makeFestival(10)
    const [taken, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const taking = db().transaction(async (tx) => {
      await tx
        .update(units)
        .set({ orderId: uuidv7() })
        .where(and(eq(units.ticketTypeId, typeOf(festival)), eq(units.number, 10)))
      taken.resolve()
      await commit.promise
    })
    await taken.promise
    const changing = change(festival, { quantity: 5 })
    // InnoDB returns the same data again to requests in quicker succession than this.
    await expect.poll(waitsForUnits, { interval: 250 }).toBe(true)
    commit.resolve()
    await taking
    expect(await changing).toMatchObject({ status: 'conflict', field: 'quantity' })
    expect(await rowsOf(festival)).toHaveLength(10)
    expect(await stockOf(festival)).toMatchObject({ free: 10, held: 0 })
  })

  it('is not reverted by an origin with an older copy', async () => {
    const festival = await makeFestival(10)
    const older = (await readCatalogue(db(), 1000)).find(({ room }) => room.id === festival.id)
    if (older === undefined) throw new Error('the festival is published')
    await change(festival, { quantity: 4, priceMinor: 5 })
    await publishRoom({ redis: redis() }, older)
    expect(await expectAgreement(festival)).toMatchObject({ quantity: 4, free: 4 })
    expect(await redis().hget(roomKeys(festival.id).types, String(typeOf(festival)))).toContain('"price":5')
  })

  it('is for sale again when MySQL rolled its change back, no later than with the next change', async () => {
    const festival = await makeFestival(10)
    const [record] = (await readCatalogue(db(), 1000)).filter(({ room }) => room.id === festival.id)
    if (record === undefined) throw new Error('the festival is published')
    // As if the origin had died before its commit.
    expect(await withdrawStock(redis(), record, { type: typeOf(festival), units: 7 })).toEqual({
      status: 'withdrawn',
    })
    expect(await stockOf(festival)).toMatchObject({ free: 3, held: 7 })
    expect(await redis().zcard(roomKeys(festival.id).holds)).toBe(1)
    expect(await change(festival, { quantity: 2 })).toMatchObject({ status: 'changed' })
    expect(await expectAgreement(festival)).toMatchObject({ quantity: 2, free: 2, held: 0 })
  })

  it('is not changed while Redis has lost the room', async () => {
    const festival = await makeFestival(10)
    await redis().unlink(roomKeys(festival.id).settings)
    expect(await change(festival, { quantity: 4 })).toEqual({ status: 'room-absent' })
    expect(await quantityOf(festival)).toBe(10)
  })

  it('is respected by a room that was built from an older copy', async () => {
    const festival = await makeFestival(10)
    await redis().unlink(roomKeys(festival.id).settings)
    await db().update(rooms).set({ version: 7 }).where(eq(rooms.id, festival.id))
    await depsOf().catalogue.refresh()
    expect(await redis().hget(roomKeys(festival.id).settings, 'version')).toBe('7')
  })
})

describe('other fields of a ticket type', () => {
  it('apply to later holds: what is held keeps its amount', async () => {
    const festival = await makeFestival(10)
    const before = await hold(festival)
    expect(await change(festival, { priceMinor: 2500 })).toMatchObject({ status: 'changed' })
    const after = await hold(festival)
    expect(before).toMatchObject({ status: 'held', hold: { amountMinor: 1000 } })
    expect(after).toMatchObject({ status: 'held', hold: { amountMinor: 2500 } })
  })

  it('keep the refund deadline with which fans bought, or a later one', async () => {
    const festival = await makeFestival(10)
    const at = (days: number) => new Date(Date.now() + days * 86_400_000)
    expect(await change(festival, { refundUntil: at(0.5) })).toMatchObject({ status: 'changed' })
    await sell(festival)
    expect(await change(festival, { refundUntil: at(0.2) })).toMatchObject({
      status: 'conflict',
      field: 'refundUntil',
    })
    expect(await change(festival, { refundUntil: at(3) })).toMatchObject({ status: 'changed' })
  })

  it('keep the refund deadline that a fan sees who is about to pay (H5)', async () => {
    const festival = await makeFestival(10)
    const at = (days: number) => new Date(Date.now() + days * 86_400_000)
    const nearer = { refundUntil: at(0.5) }
    expect(await hold(festival)).toMatchObject({ status: 'held' })
    expect(await change(festival, nearer)).toMatchObject({ status: 'conflict', field: 'refundUntil' })
    expect(await change(festival, { refundUntil: at(2) })).toMatchObject({ status: 'changed' })
  })

  it('increment the version of the room once, and only when they change', async () => {
    const festival = await makeFestival(10)
    await change(festival, { name: 'Other', accountLimit: 2 })
    await change(festival, { name: 'Other', accountLimit: 2 })
    const [room] = await db().select().from(rooms).where(eq(rooms.id, festival.id))
    expect(room?.version).toBe(2)
  })
})

describe('a ticket type', () => {
  const fields = {
    name: 'Late',
    nameKo: null,
    nameEn: null,
    priceMinor: 500,
    quantity: 5,
    accountLimit: 2,
    saleFrom: new Date(Date.now() - 86_400_000),
    saleTo: new Date(Date.now() + 86_400_000),
    refundUntil: new Date(Date.now() + 86_400_000),
  }

  it('is added during the sale, and can be held immediately', async () => {
    const festival = await makeFestival()
    const added = await addTicketType(depsOf(), { festival: festival.id, account: organiser, fields })
    if (added.status !== 'added') throw new Error(added.status)
    const type = added.festival.ticketTypes.at(-1)?.id ?? 0
    expect(await hold({ ...festival, types: [type] })).toMatchObject({ status: 'held' })
  })

  it('never exceeds the limit per festival, however many organisers add types concurrently', async () => {
    const festival = await makeFestival()
    const adding = Array.from({ length: 8 }, (_, i) =>
      addTicketType(depsOf(i), { festival: festival.id, account: organiser, fields }),
    )
    const statuses = (await Promise.all(adding)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'added')).toHaveLength(4)
  })

  it('is not removed from a published festival', async () => {
    const festival = await makeFestival()
    const input = { festival: festival.id, type: typeOf(festival), account: organiser }
    expect(await removeTicketType(depsOf(), input)).toMatchObject({ status: 'conflict' })
  })
})
