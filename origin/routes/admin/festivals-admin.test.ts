import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../../drizzle/schema/audit.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { toFestival } from '../../festivals/read-catalogue.ts'
import {
  createTestOrganiser,
  type TestOrganiser,
  testFestival,
  testType,
  useOrganiser,
} from '../../testing/organiser.ts'
import { makeNamedAccount, makeTestOrder } from '../../testing/sales.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })

const newId = () => `test-${uuidv7()}`
const call: TestOrganiser['call'] = (...args) => organiser().call(...args)

async function makeDraft(more: Record<string, unknown> = {}): Promise<{ id: string; type: number }> {
  const id = newId()
  const { status, body } = await call('POST', '', { body: testFestival(id, more) })
  expect(status).toBe(201)
  const [type] = body['ticketTypes'] as { id: number }[]
  return { id, type: type?.id ?? 0 }
}

async function makePublished(more: Record<string, unknown> = {}) {
  const made = await makeDraft(more)
  expect((await call('POST', `/${made.id}/publish`)).status).toBe(200)
  return made
}

const inCatalogue = async (id: string) => {
  await organiser().catalogue.refresh()
  return organiser()
    .catalogue.current()
    .some(({ festival }) => festival.id === id)
}
const actionsOn = async (id: string) =>
  (await db().select().from(auditLog).where(eq(auditLog.subject, id)).orderBy(auditLog.id)).map(
    ({ action }) => action,
  )

describe('a new festival', () => {
  it('is a draft that only organisers see, with all submitted fields', async () => {
    const id = newId()
    const sent = testFestival(id, { description: { ko: '설명', en: '' } })
    const { status, body } = await call('POST', '', { body: sent })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      ...sent,
      description: { ko: '설명', en: null },
      image: null,
      published: false,
      ticketTypes: [{ ...testType(), ...sent.ticketTypes[0], sold: 0, quantityMin: 0 }],
    })
    expect(await inCatalogue(id)).toBe(false)
    expect(await redis().exists(roomKeys(id).settings)).toBe(0)
    expect((await call('GET', `/${id}`)).body).toEqual(body)
    const listed = (await call('GET', '')).body['festivals'] as { id: string }[]
    expect(listed.map((festival) => festival.id)).toContain(id)
    expect(await actionsOn(id)).toEqual(['festival.create'])
  })

  it('H5: has its own check-in window, and a default one without', async () => {
    const { id } = await makeDraft()
    const usual = { checkInBeforeMinutes: 240, checkInAfterMinutes: 120 }
    expect((await call('GET', `/${id}`)).body).toMatchObject(usual)
    const changed = await call('PATCH', `/${id}`, { body: { checkInBeforeMinutes: 0 } })
    expect(changed.body).toMatchObject({ ...usual, checkInBeforeMinutes: 0 })
    const other = await makeDraft({ checkInBeforeMinutes: 90, checkInAfterMinutes: 20_160 })
    expect((await call('GET', `/${other.id}`)).body).toMatchObject({ checkInBeforeMinutes: 90 })
    for (const minutes of [-1, 1.5, 20_161, '90']) {
      const { status, body } = await call('PATCH', `/${id}`, { body: { checkInAfterMinutes: minutes } })
      expect([status, body['errors']]).toMatchObject([422, [{ pointer: '/checkInAfterMinutes' }]])
    }
  })

  it('may go on sale in ten years or in ten seconds', async () => {
    for (const ms of [10 * 365 * 86_400_000, 10_000]) {
      const at = (more: number) => new Date(Date.now() + ms + more).toISOString()
      const room = { lobbyAt: at(0), opensAt: at(0), closesAt: at(1000) }
      const saleFrom = at(-1000)
      const { id } = await makePublished({
        ...{ startsAt: at(2000), endsAt: at(3000), room },
        ticketTypes: [testType({ saleFrom, saleTo: at(1000), refundUntil: saleFrom })],
      })
      expect((await call('GET', `/${id}`)).body).toMatchObject({ room })
      expect(await redis().hget(roomKeys(id).settings, 'opensAt')).toBe(String(Date.parse(room.opensAt)))
    }
  })

  it('has a unique ID: of two concurrent requests, one succeeds and the other is rejected', async () => {
    const id = newId()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', '', { body: testFestival(id) })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'festival-taken' })
    expect(await actionsOn(id)).toEqual(['festival.create'])
  })

  const late = new Date(Date.now() + 40 * 86_400_000).toISOString()
  it.each<[string, Record<string, unknown>, string]>([
    ['an ID that is no slug', { id: 'Not a slug' }, '/id'],
    ['an ID that is a page of ours', { id: 'new' }, '/id'],
    ['an end before its beginning', { startsAt: late }, '/endsAt'],
    ['a currency that is none', { currency: 'ZZZ' }, '/currency'],
    ['a time zone that is none', { timeZone: 'Asia/Nowhere' }, '/timeZone'],
    ['an offset in place of a time zone', { timeZone: '+09:00' }, '/timeZone'],
    ['no name', { name: ' ' }, '/name'],
    ['a name that nobody can read', { name: '\u200b' }, '/name'],
    ['a name that turns what stands beside it', { name: 'a\u202eb' }, '/name'],
    [
      'a room that closes before it opens',
      { room: { ...testFestival('x').room, opensAt: late } },
      '/room/closesAt',
    ],
    [
      'a type that is sold backwards',
      { ticketTypes: [testType({ saleFrom: late })] },
      '/ticketTypes/0/saleTo',
    ],
    ['too many units', { ticketTypes: [testType({ quantity: 501 })] }, '/ticketTypes/0/quantity'],
  ])('is rejected with %s, and the error names the field', async (_, more, pointer) => {
    const { status, body } = await call('POST', '', { body: testFestival(newId(), more) })
    expect({ status, code: body['code'] }).toEqual({ status: 422, code: 'invalid-input' })
    expect((body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer)
  })

  it.each<[string, unknown[]]>([
    ['too many ticket types', Array.from({ length: 6 }, () => testType())],
    ['too many units in all', Array.from({ length: 3 }, () => testType({ quantity: 400 }))],
    ['a basket that no payment can be made for', [testType({ priceMinor: 100_000_000, accountLimit: 50 })]],
  ])('is rejected with %s', async (_, ticketTypes) => {
    expect(await call('POST', '', { body: testFestival(newId(), { ticketTypes }) })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
  })

  it('may have descriptions up to a length limit', async () => {
    const ko = '나'.repeat(4000)
    await makeDraft({ description: { ko, en: ko } })
    const body = testFestival(newId(), { description: { ko: `${ko}루`, en: null } })
    expect((await call('POST', '', { body })).status).toBe(422)
  })
})

describe('publishing', () => {
  it('makes a festival and its room visible to fans, and can be reverted while no fan has entered', async () => {
    const { id } = await makePublished()
    expect(await inCatalogue(id)).toBe(true)
    expect(await redis().hget(roomKeys(id).stock, 'free:1')).toBeNull()
    expect(await redis().exists(roomKeys(id).settings)).toBe(1)
    expect((await call('POST', `/${id}/publish`)).status).toBe(200)
    expect(await call('POST', `/${id}/unpublish`)).toMatchObject({ status: 200, body: { published: false } })
    expect(await inCatalogue(id)).toBe(false)
    expect(await redis().exists(roomKeys(id).settings, roomKeys(id).stock)).toBe(0)
    expect((await call('POST', `/${id}/unpublish`)).status).toBe(200)
    expect((await call('POST', `/${id}/publish`)).status).toBe(200)
    expect(await inCatalogue(id)).toBe(true)
    expect(await actionsOn(id)).toEqual([
      ...['festival.create', 'festival.publish', 'festival.unpublish', 'festival.publish'],
    ])
  })

  it('cannot be reverted once a fan has entered', async () => {
    const { id } = await makePublished()
    await redis().append(roomKeys(id).entries, Buffer.alloc(16, 1))
    expect(await call('POST', `/${id}/unpublish`)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await inCatalogue(id)).toBe(true)
    expect((await call('GET', `/${id}`)).body).toMatchObject({ published: true })
  })

  it('is not reverted by an origin with an older copy', async () => {
    const { id } = await makePublished()
    const other = await createTestOrganiser({ db: db(), redis: redis() })
    // Its rounds overlap: each reads, and builds what Redis does not know.
    const rounds = Array.from({ length: 20 }, () => other.catalogue.refresh())
    const [unpublished] = await Promise.all([call('POST', `/${id}/unpublish`), ...rounds])
    expect(unpublished?.status).toBe(200)
    await other.catalogue.refresh()
    expect(await redis().exists(roomKeys(id).settings)).toBe(0)
  })

  it('is rejected without a ticket type', async () => {
    const { id, type } = await makeDraft()
    await call('DELETE', `/${id}/ticket-types/${type}`)
    expect(await call('POST', `/${id}/publish`)).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ pointer: '/ticketTypes', code: 'ticket-type-missing' }] },
    })
  })
})

describe('a change', () => {
  it('of descriptions is visible to fans immediately, and is logged', async () => {
    const { id } = await makePublished()
    const change = { name: 'New name', description: { ko: null, en: 'Words' } }
    expect(await call('PATCH', `/${id}`, { body: change })).toMatchObject({ status: 200, body: change })
    const shown = organiser()
      .catalogue.current()
      .find(({ festival }) => festival.id === id)
    expect(shown?.festival).toMatchObject({ name: 'New name', descriptionEn: 'Words' })
    await call('PATCH', `/${id}`, { body: change })
    expect(await actionsOn(id)).toEqual(['festival.create', 'festival.publish', 'festival.change'])
  })

  it('of names for one language appears in the catalogue, and each falls back to the default one (D15)', async () => {
    const { id, type } = await makePublished({ nameKo: '시험 물결', placeEn: 'Over there' })
    await call('PATCH', `/${id}/ticket-types/${type}`, { body: { nameKo: '하루' } })
    await call('PATCH', `/${id}`, { body: { nameEn: 'Test Waves in English' } })
    await organiser().catalogue.refresh()
    const record = organiser()
      .catalogue.current()
      .find(({ festival }) => festival.id === id)
    if (record === undefined) throw new Error('it is published')
    const festival = toFestival(record)
    const [korean, english] = [inLanguage(festival, 'ko'), inLanguage(festival, 'en')]
    expect([korean.name, korean.place, korean.ticketTypes[0]?.name]).toEqual(['시험 물결', 'Here', '하루'])
    expect([english.name, english.place, english.ticketTypes[0]?.name]).toEqual([
      ...['Test Waves in English', 'Over there', 'Day'],
    ])
    expect((await call('PATCH', `/${id}`, { body: { nameKo: '' } })).status).toBe(422)
  })

  it('of the time zone moves no instant (M8)', async () => {
    const { id } = await makeDraft()
    const before = (await call('GET', `/${id}`)).body
    expect(before['timeZone']).toBe('Asia/Seoul')
    const { status, body } = await call('PATCH', `/${id}`, { body: { timeZone: 'america/new_york' } })
    expect({ status, timeZone: body['timeZone'] }).toEqual({ status: 200, timeZone: 'America/New_York' })
    expect([body['startsAt'], body['room']]).toEqual([before['startsAt'], before['room']])
    expect(await actionsOn(id)).toEqual(['festival.create', 'festival.change'])
  })

  it('of the currency is possible for drafts only', async () => {
    const { id } = await makeDraft()
    const body = { currency: 'USD' }
    expect((await call('PATCH', `/${id}`, { body })).status).toBe(200)
    await call('POST', `/${id}/publish`)
    expect(await call('PATCH', `/${id}`, { body: { currency: 'EUR' } })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/currency' }] },
    })
  })

  it('of the currency keeps the numbers of prices, or is rejected where they are invalid (M8)', async () => {
    const id = newId()
    const ticketTypes = [testType({ priceMinor: 50 })]
    await call('POST', '', { body: testFestival(id, { currency: 'KRW', ticketTypes }) })
    const toDollars = await call('PATCH', `/${id}`, { body: { currency: 'USD' } })
    expect(toDollars.body).toMatchObject({ currency: 'USD', ticketTypes: [{ priceMinor: 5000 }] })
    const [type] = toDollars.body['ticketTypes'] as { id: number }[]
    await call('PATCH', `/${id}/ticket-types/${type?.id}`, { body: { priceMinor: 1250 } })
    expect(await call('PATCH', `/${id}`, { body: { currency: 'JPY' } })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/currency' }] },
    })
    expect((await call('GET', `/${id}`)).body).toMatchObject({
      currency: 'USD',
      ticketTypes: [{ priceMinor: 1250 }],
    })
  })

  it('of the currency is rejected once something was paid for, even in a draft (M8)', async () => {
    const { id, type } = await makeDraft()
    const account = await makeNamedAccount(db(), { name: 'Kim' })
    await makeTestOrder(db(), { festival: id, account, basket: [{ type, quantity: 1 }] })
    const { status, body } = await call('PATCH', `/${id}`, { body: { currency: 'USD' } })
    expect({ status, detail: body['detail'] }).toEqual({
      status: 409,
      detail: 'Something was paid for in this currency',
    })
  })

  it.each<[string, ...('fan' | 'staff')[]]>([
    ['a fan', 'fan'],
    ['staff', 'staff'],
  ])('is not for %s', async (_, ...roles) => {
    const { id, type } = await makeDraft()
    const token = organiser().sessionOf(...roles)
    const types = `/${id}/ticket-types`
    const calls = [
      ['GET', '', undefined],
      ['POST', '', testFestival(newId())],
      ['GET', `/${id}`, undefined],
      ['PATCH', `/${id}`, { name: 'Mine' }],
      ['POST', `/${id}/publish`, undefined],
      ['POST', `/${id}/unpublish`, undefined],
      ['POST', types, testType()],
      ['PATCH', `${types}/${type}`, { priceMinor: 1 }],
      ['DELETE', `${types}/${type}`, undefined],
      ['DELETE', `/${id}/image`, undefined],
    ] as const
    for (const [method, path, body] of calls) {
      expect(await call(method, path, { token, body })).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      })
    }
    expect(await actionsOn(id)).toEqual(['festival.create'])
  })

  it('of a missing resource is rejected', async () => {
    const { id } = await makeDraft()
    const missing = { status: 404, body: { code: 'not-found' } }
    expect(await call('PATCH', '/no-such', { body: { name: 'A' } })).toMatchObject(missing)
    expect(await call('POST', '/no-such/publish')).toMatchObject(missing)
    expect(await call('PATCH', `/${id}/ticket-types/999999`, { body: { name: 'A' } })).toMatchObject(missing)
  })
})
