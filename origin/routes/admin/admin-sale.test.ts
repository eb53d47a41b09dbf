import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, expect, it } from 'vitest'
import { deadLetters, payments } from '../../../drizzle/schema/purchases.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { ORIGINS_KEY, roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import { createCatalogueCopy } from '../../catalogue/catalogue.ts'
import { formatReport } from '../../heartbeat/report.ts'
import { acceptPayments, beginPayments } from '../../payments/process/record-payments.ts'
import { makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeTestAccounts, makeTestFestival, makeTestPayment } from '../../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const load = {
  ...{ loopBusyShare: 0.51234, loopDelayMs: 12, processCpuShare: 0.25 },
  ...{ machineCpuShare: 0.4, queueShare: 0.01 },
}
let app: ReturnType<typeof createOriginApp>
let catalogue: ReturnType<typeof createCatalogueCopy>

beforeAll(() => {
  const log = createLogger('test', 'silent')
  catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 1000 })
  app = createOriginApp(testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens))
})

type Body = Record<string, unknown> & { origins: { name: string }[] }

async function readSale(room: string, roles: Role[] = ['organiser']) {
  const headers = { authorization: `Bearer ${tokens.sessionOf(uuidv7(), roles)}` }
  const response = await app.request(`/api/admin/rooms/${room}/sale`, { headers })
  return { status: response.status, body: (await response.json()) as Body }
}

it('reports that the draw waits for the beacon, from the closing of the lobby until its seed is available', async () => {
  const { id: room } = await makeTestFestival({ db: db(), redis: redis() }, { room: { order: 'draw' } })
  await catalogue.refresh()
  const drawOf = async () => (await readSale(room)).body['draw']
  const { admission } = roomKeys(room)
  await redis().hset(admission, { lobbyEntries: '5', closedAt: '1' })
  expect(await drawOf()).toMatchObject({ awaitsBeacon: false })
  await redis().hset(admission, { round: '7', roundAt: '2' })
  expect(await drawOf()).toMatchObject({ awaitsBeacon: true })
  await redis().hset(admission, { seed: 'ab'.repeat(32) })
  expect(await drawOf()).toMatchObject({ awaitsBeacon: false })
})

it('reports how many fans wait, are called and are admitted, and how many units are free, held and sold', async () => {
  const festival = await makeTestFestival(
    { db: db(), redis: redis() },
    { quantities: [10, 5], room: { ratePerSecond: 7, maxActive: 50 } },
  )
  await catalogue.refresh()
  const room = festival.id
  const keys = roomKeys(room)
  const [first = 0, second = 0] = festival.types
  // 20 have entered, 8 are called, of whom 3 are admitted, 2 wait for a free slot, and 1 of those who wait has left.
  await redis().set(keys.entries, Buffer.alloc(20 * 16))
  await redis().hset(keys.admission, { serving: 7, left: 1 })
  await redis().hset(keys.unresolved, 'total', 5)
  await redis().zadd(keys.turns, 3, 3, 4, 4)
  await grantTestPasses(redis(), room, ['a', 'b', 'c'])
  await redis().zadd(keys.passes, Date.now() - 1000, 'gone')
  await redis().hincrby(keys.stock, `free:${first}`, -3)
  await redis().hincrby(keys.stock, `held:${first}`, 2)
  await redis().hincrby(keys.stock, `sold:${first}`, 1)
  await redis().xadd(keys.payments, '*', 'payment', 'x')

  expect(await readSale(room)).toMatchObject({
    status: 200,
    body: {
      ...{ room, phase: 'open', epoch: 1, entries: 20, serving: 7, waiting: 11, called: 5, turnsRetained: 2 },
      ...{ active: 3, maxActive: 50, ratePerSecond: 7, version: 1 },
      ticketTypes: [
        { type: first, name: 'Type 1', quantity: 10, free: 7, held: 2, sold: 1 },
        { type: second, name: 'Type 2', quantity: 5, free: 5, held: 0, sold: 0 },
      ],
      payments: {
        waiting: 1,
        confirmed: 0,
        deadLetters: 0,
        acceptedLong: 0,
        chargingLong: 0,
        refundingLong: 0,
        reversed: 0,
      },
    },
  })
})

it('returns the last report of each origin, and the payment outcomes of this room alone', async () => {
  const festival = await makeTestFestival({ db: db(), redis: redis() })
  const recent = {
    [festival.id]: { confirmed: 3, declined: 2, errors: 1 },
    other: { confirmed: 9, declined: 9, errors: 9 },
  }
  const [a, b, old] = [`a-${festival.id}`, `b-${festival.id}`, `old-${festival.id}`]
  await redis().originHeartbeat(ORIGINS_KEY, a, 500, formatReport({ load, recent }))
  await redis().originHeartbeat(ORIGINS_KEY, b, 1000, formatReport({ load, recent }))
  await redis().originHeartbeat(ORIGINS_KEY, old, 1000)
  const { body } = await readSale(festival.id)
  await redis().hdel(ORIGINS_KEY, a, b, old)
  expect(body.origins.filter(({ name }) => name.endsWith(festival.id))).toEqual([
    { name: a, lastSeenMsAgo: expect.any(Number), health: 0.5, load: { ...load, loopBusyShare: 0.512 } },
    { name: b, lastSeenMsAgo: expect.any(Number), health: 1, load: { ...load, loopBusyShare: 0.512 } },
    { name: old, lastSeenMsAgo: expect.any(Number), health: 1 },
  ])
  expect(body).toMatchObject({ payments: { confirmed: 6, declined: 4, errors: 2 } })
})

it('counts the payments that need attention, in this room alone', async () => {
  const [festival, other] = [
    await makeTestFestival({ db: db(), redis: redis() }),
    await makeTestFestival({ db: db(), redis: redis() }),
  ]
  const [account = ''] = await makeTestAccounts(db(), 1)
  const long = () => uuidv7({ msecs: Date.now() - 120_000 })
  const made = [
    { ...makeTestPayment(festival, account), id: long() },
    { ...makeTestPayment(festival, account), id: long() },
    makeTestPayment(festival, account),
    { ...makeTestPayment(other, account), id: long() },
  ]
  await beginPayments(db(), made, new Date())
  await acceptPayments(db(), [{ ...makeTestPayment(festival, account), id: long() }], new Date())
  const [refunding] = made
  await db()
    .update(payments)
    .set({ state: 'refunding' })
    .where(eq(payments.id, refunding?.id ?? ''))
  const deadLetter = { fields: {}, reason: 'nonsense', attempts: 1, at: new Date() }
  await db()
    .insert(deadLetters)
    .values([
      { ...deadLetter, festivalId: festival.id, entry: '1-1' },
      { ...deadLetter, festivalId: festival.id, entry: '1-2', resolvedAt: new Date() },
      { ...deadLetter, festivalId: other.id, entry: '1-1' },
    ])
  expect((await readSale(festival.id)).body).toMatchObject({
    payments: { deadLetters: 1, acceptedLong: 1, chargingLong: 1, refundingLong: 1, reversed: 0 },
  })
})

it('is for organisers of published rooms', async () => {
  const published = await makeTestFestival({ db: db(), redis: redis() })
  const unpublished = await makeTestFestival({ db: db() })
  expect((await readSale(published.id, ['fan', 'staff'])).body).toMatchObject({ code: 'forbidden' })
  expect((await readSale(unpublished.id)).body).toMatchObject({ code: 'not-found' })
  expect((await readSale('Not a room')).status).toBe(422)
})
