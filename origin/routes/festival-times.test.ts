import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { festivals, rooms, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { type TestOrganiser, testFestival, testType, useOrganiser } from '../testing/organiser.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })

const call: TestOrganiser['call'] = (...args) => organiser().call(...args)
/** An instant this many days from now, as the API accepts it. */
const day = (days: number) => new Date(NOW + days * 86_400_000).toISOString()
const NOW = Date.now()

/** Sells from day 1 to day 10, for a festival from day 20 to day 22. */
const sound = (more: Record<string, unknown> = {}) => ({
  ...{ startsAt: day(20), endsAt: day(22) },
  room: { lobbyAt: day(1), opensAt: day(1), closesAt: day(10) },
  ticketTypes: [testType({ saleFrom: day(1), saleTo: day(10), refundUntil: day(15) })],
  ...more,
})
const type = (more: Record<string, unknown>) => [
  testType({ saleFrom: day(1), saleTo: day(10), refundUntil: day(15), ...more }),
]
const room = (more: Record<string, unknown>) => ({ ...sound().room, ...more })

type Errors = Record<string, string | undefined>

/** The error codes of a rejection, by field; none when the request succeeded. */
function codesIn({ body }: { body: Record<string, unknown> }): Errors {
  const errors = (body['errors'] ?? []) as { pointer: string; code?: string }[]
  expect(new Set(errors.map(({ pointer }) => pointer)).size).toBe(errors.length)
  return Object.fromEntries(errors.map(({ pointer, code }) => [pointer, code]))
}

async function make(more: Record<string, unknown> = {}, isPublished = true) {
  const id = `test-${uuidv7()}`
  const { status, body } = await call('POST', '', { body: testFestival(id, sound(more)) })
  expect(status).toBe(201)
  if (isPublished) expect((await call('POST', `/${id}/publish`)).status).toBe(200)
  const [made] = body['ticketTypes'] as { id: number }[]
  return { id, type: made?.id ?? 0 }
}

async function changeRoom(id: string, change: unknown) {
  const response = await organiser().app.request(`/api/admin/rooms/${id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${organiser().sessionOf('organiser')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(change),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** A published festival with invalid times, as created before the rules. */
async function makeSenseless() {
  const made = await make()
  const [past, earlier] = [new Date(day(-2)), new Date(day(-4))]
  await db().update(festivals).set({ startsAt: past, endsAt: earlier }).where(eq(festivals.id, made.id))
  await db()
    .update(ticketTypes)
    .set({ saleFrom: past, saleTo: new Date(Date.UTC(9000, 0)), refundUntil: earlier })
    .where(eq(ticketTypes.id, made.type))
  return made
}

describe('the times of a new festival (H5)', () => {
  it.each<[string, Record<string, unknown>, Errors]>([
    ['it ended two days ago', { startsAt: day(-4), endsAt: day(-2) }, { '/endsAt': 'time-past' }],
    ['it ends before it begins', { startsAt: day(23) }, { '/endsAt': 'festival-ends-before-start' }],
    [
      'it ends as it begins',
      { startsAt: day(22), endsAt: day(22) },
      { '/endsAt': 'festival-ends-before-start' },
    ],
    ['it lasts for years', { endsAt: day(800) }, { '/endsAt': 'festival-too-long' }],
    [
      'its room closes after it is over',
      { room: room({ closesAt: day(23) }) },
      { '/room/closesAt': 'closes-after-festival' },
    ],
    [
      'its room closes before it opens',
      { room: room({ opensAt: day(11) }) },
      { '/room/closesAt': 'closes-before-opening' },
    ],
    [
      'its lobby begins after the room opens',
      { room: room({ lobbyAt: day(2) }) },
      { '/room/lobbyAt': 'lobby-after-opening' },
    ],
    [
      'its room has closed already',
      { room: room({ lobbyAt: day(-3), opensAt: day(-2), closesAt: day(-1) }) },
      { '/room/closesAt': 'time-past' },
    ],
    [
      'its room opened when no festival was planned yet',
      { room: room({ lobbyAt: '1971-01-01T00:00:00Z' }) },
      { '/room/lobbyAt': 'time-far' },
    ],
    [
      'a type is sold after it is over',
      { ticketTypes: type({ saleTo: day(23) }) },
      { '/ticketTypes/0/saleTo': 'sale-after-festival' },
    ],
    [
      'a type can be cancelled after it is over',
      { ticketTypes: type({ refundUntil: day(23) }) },
      { '/ticketTypes/0/refundUntil': 'refund-after-festival' },
    ],
    [
      'a type can be cancelled until before it is sold',
      { ticketTypes: type({ refundUntil: day(0) }) },
      { '/ticketTypes/0/refundUntil': 'refund-before-sale' },
    ],
    [
      'a type is sold no more',
      { ticketTypes: type({ saleFrom: day(-3), saleTo: day(-1) }) },
      { '/ticketTypes/0/saleTo': 'time-past' },
    ],
  ])('are rejected when %s', async (_, more, codes) => {
    const answer = await call('POST', '', { body: testFestival(`test-${uuidv7()}`, sound(more)) })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-input' } })
    expect(codesIn(answer)).toMatchObject(codes)
  })

  it('are all rejected together, with one error for each', async () => {
    const far = '7000-01-01T00:00:00Z'
    const body = testFestival(`test-${uuidv7()}`, {
      ...{ startsAt: day(-1), endsAt: day(-2), currency: 'ZZZ' },
      room: { lobbyAt: day(3), opensAt: day(2), closesAt: day(1) },
      ticketTypes: [...type({}), ...type({ saleFrom: day(11), saleTo: far, refundUntil: day(0) })],
    })
    const answer = await call('POST', '', { body })
    expect(answer.status).toBe(422)
    expect(codesIn(answer)).toEqual({
      '/endsAt': 'festival-ends-before-start',
      '/currency': undefined,
      '/room/lobbyAt': 'lobby-after-opening',
      '/room/closesAt': 'closes-before-opening',
      '/ticketTypes/0/saleTo': 'sale-after-festival',
      '/ticketTypes/0/refundUntil': 'refund-after-festival',
      '/ticketTypes/1/saleTo': 'sale-after-festival',
      '/ticketTypes/1/refundUntil': 'refund-before-sale',
    })
  })

  it('may let the sale end with the festival, and exclude cancellations', async () => {
    await make({
      room: room({ closesAt: day(21.9) }),
      ticketTypes: type({ saleTo: day(21.9), refundUntil: sound().room.opensAt }),
    })
  })
})

describe('a changed time (H5)', () => {
  it('of a festival is checked against its room and its ticket types', async () => {
    const { id } = await make()
    const answer = await call('PATCH', `/${id}`, { body: { startsAt: day(4), endsAt: day(5) } })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-input' } })
    expect(codesIn(answer)).toEqual({ '/endsAt': 'closes-after-festival' })
    const [error] = answer.body['errors'] as { detail: string }[]
    expect(error?.detail).toContain('The sale of Day ends no later than the festival')
    expect((await call('PATCH', `/${id}`, { body: { startsAt: day(21) } })).status).toBe(200)
  })

  it('of a festival that is moved forward keeps the refund deadline with which fans bought', async () => {
    const { id } = await make()
    const body = { startsAt: day(11), endsAt: day(12) }
    expect((await call('PATCH', `/${id}`, { body })).status).toBe(200)
  })

  it('of a room is checked against the festival and its ticket types', async () => {
    const { id } = await make()
    const late = await changeRoom(id, { lobbyAt: day(12), opensAt: day(12), closesAt: day(30) })
    expect(late).toMatchObject({ status: 422, body: { code: 'invalid-input' } })
    expect(codesIn(late)).toEqual({ '/opensAt': 'sale-before-room', '/closesAt': 'closes-after-festival' })
    expect(codesIn(await changeRoom(id, { closesAt: day(0.5) }))).toEqual({
      '/closesAt': 'closes-before-opening',
    })
    expect(codesIn(await changeRoom(id, { opensAt: day(11) }))).toEqual({
      '/opensAt': 'closes-before-opening',
    })
    expect(codesIn(await changeRoom(id, { phase: 'open', closesAt: day(23) }))).toEqual({
      '/closesAt': 'closes-after-festival',
    })
    expect((await call('GET', `/${id}`)).body).toMatchObject({ room: sound().room })
  })

  it('of a ticket type is checked against the festival and its room', async () => {
    const { id, type: of } = await make()
    const change = (body: unknown) => call('PATCH', `/${id}/ticket-types/${of}`, { body })
    expect(codesIn(await change({ saleTo: day(23), refundUntil: day(0) }))).toEqual({
      '/saleTo': 'sale-after-festival',
      '/refundUntil': 'refund-before-sale',
    })
    expect(codesIn(await change({ saleFrom: day(10.5), saleTo: day(11), refundUntil: day(16) }))).toEqual({
      '/saleFrom': 'sale-after-room',
    })
    expect(codesIn(await change({ saleFrom: day(12) }))).toEqual({ '/saleFrom': 'sale-ends-before-start' })
  })

  it('of an added ticket type is checked as well', async () => {
    const { id } = await make()
    const add = (more: Record<string, unknown>) =>
      call('POST', `/${id}/ticket-types`, { body: type(more)[0] })
    expect(codesIn(await add({ saleTo: day(40), refundUntil: day(50) }))).toEqual({
      '/saleTo': 'sale-after-festival',
      '/refundUntil': 'refund-after-festival',
    })
    expect(codesIn(await add({ saleFrom: day(-9), saleTo: day(-8) }))).toEqual({ '/saleTo': 'time-past' })
    expect((await add({})).status).toBe(201)
  })

  it('may end the sale of a published ticket type now', async () => {
    const { id, type: of } = await make({ room: room({ lobbyAt: day(-2), opensAt: day(-2) }) })
    const body = { saleFrom: day(-1), saleTo: day(-0.01) }
    expect((await call('PATCH', `/${id}/ticket-types/${of}`, { body })).status).toBe(200)
  })
})

describe('publishing (H5)', () => {
  it('is rejected with all errors of the draft together', async () => {
    const { id, type: of } = await make({}, false)
    const past = new Date(day(-2))
    await db().update(festivals).set({ startsAt: past, endsAt: past }).where(eq(festivals.id, id))
    await db()
      .update(rooms)
      .set({ lobbyAt: new Date(day(2)) })
      .where(eq(rooms.id, id))
    await db().update(ticketTypes).set({ saleTo: past }).where(eq(ticketTypes.id, of))
    const answer = await call('POST', `/${id}/publish`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(codesIn(answer)).toEqual({
      '/endsAt': 'festival-ends-before-start',
      '/room/lobbyAt': 'lobby-after-opening',
      '/room/closesAt': 'closes-after-festival',
      '/ticketTypes/0/saleTo': 'sale-ends-before-start',
      '/ticketTypes/0/refundUntil': 'refund-after-festival',
    })
    expect((await call('GET', `/${id}`)).body).toMatchObject({ published: false })
  })

  it('is rejected when a ticket type could never be bought in the room', async () => {
    const { id } = await make({ ticketTypes: type({ saleFrom: day(11), saleTo: day(12) }) }, false)
    expect(codesIn(await call('POST', `/${id}/publish`))).toEqual({
      '/ticketTypes/0/saleFrom': 'sale-after-room',
    })
  })
})

describe('a festival with invalid times from before the rules (H5)', () => {
  it('can be paused, opened, closed and given a notice', async () => {
    const { id } = await makeSenseless()
    const changes = [
      { notice: { ko: '안내', en: 'Notice' } },
      { phase: 'open' },
      { phase: 'paused' },
      { ratePerSecond: 3 },
      { phase: 'closed' },
    ]
    for (const change of changes) expect((await changeRoom(id, change)).status).toBe(200)
  })

  it('can be renamed, repriced and repaired one time after the other', async () => {
    const { id, type: of } = await makeSenseless()
    const rename = { name: 'Renamed', description: { ko: null, en: 'Over' } }
    expect((await call('PATCH', `/${id}`, { body: rename })).status).toBe(200)
    const types = `/${id}/ticket-types/${of}`
    expect((await call('PATCH', types, { body: { priceMinor: 5, quantity: 20 } })).status).toBe(200)
    const repairs = { startsAt: day(20), endsAt: day(22) }
    expect((await call('PATCH', `/${id}`, { body: repairs })).status).toBe(200)
    expect(codesIn(await call('PATCH', types, { body: { saleTo: day(30) } }))).toEqual({
      '/saleTo': 'sale-after-festival',
    })
    const sale = { saleTo: day(10), refundUntil: day(15) }
    expect((await call('PATCH', types, { body: sale })).status).toBe(200)
    expect(codesIn(await call('PATCH', `/${id}`, { body: { endsAt: day(9) } }))).toEqual({
      '/endsAt': 'festival-ends-before-start',
    })
  })
})
