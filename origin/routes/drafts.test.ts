import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { festivals, rooms, units } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { DRAFTS_MAX, DRAFTS_PER_ORGANISER_MAX } from '../catalogue/festival-rules.ts'
import { beginPayments } from '../payments/process/record-payments.ts'
import { createTestOrganiser, testFestival, useOrganiser } from '../testing/organiser.ts'
import { makeTestPayment } from '../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })

const newId = () => `test-${uuidv7()}`
const TOO_MANY = { status: 409, body: { code: 'too-many-drafts' } }

async function makeDraft(): Promise<{ id: string; type: number }> {
  const id = newId()
  const { body } = await organiser().call('POST', '', { body: testFestival(id) })
  const [type] = body['ticketTypes'] as { id: number }[]
  return { id, type: type?.id ?? 0 }
}

/** Rows of drafts only, as if these organisers had created them. */
async function insertDrafts(count: number, account?: string): Promise<string[]> {
  const at = new Date()
  const ids = Array.from({ length: count }, newId)
  const row = { name: 'Draft', place: 'Here', startsAt: at, endsAt: at, currency: 'KRW', createdAt: at }
  await db()
    .insert(festivals)
    .values(ids.map((id) => ({ ...row, id, published: false })))
  if (account !== undefined) {
    const change = { at, accountId: account, action: 'festival.create', before: {}, after: {} }
    await db()
      .insert(auditLog)
      .values(ids.map((id) => ({ ...change, subject: id })))
  }
  return ids
}

describe('drafts', () => {
  it('are limited per organiser, however many are created concurrently', async () => {
    const own = await createTestOrganiser({ db: db(), redis: redis() })
    const [first = ''] = await insertDrafts(DRAFTS_PER_ORGANISER_MAX - 1, own.organiser)
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => own.call('POST', '', { body: testFestival(newId()) })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
    expect(answers.find(({ status }) => status === 409)).toMatchObject({
      ...TOO_MANY,
      body: { draftsMax: DRAFTS_PER_ORGANISER_MAX },
    })
    expect((await organiser().call('POST', '', { body: testFestival(newId()) })).status).toBe(201)
    await db().update(festivals).set({ published: true }).where(eq(festivals.id, first))
    expect((await own.call('POST', '', { body: testFestival(newId()) })).status).toBe(201)
    await db().update(festivals).set({ published: false }).where(eq(festivals.id, first))
  })

  it('M6: do not count for the creator of a previous draft with the same ID', async () => {
    const own = await createTestOrganiser({ db: db(), redis: redis() })
    const ids = await insertDrafts(DRAFTS_PER_ORGANISER_MAX, own.organiser)
    const later = new Date(Date.now() + 1000)
    for (const id of ids.slice(0, 2))
      await db().update(festivals).set({ createdAt: later }).where(eq(festivals.id, id))
    expect((await own.call('POST', '', { body: testFestival(newId()) })).status).toBe(201)
  })

  it('are limited per installation', async () => {
    const ids = await insertDrafts(DRAFTS_MAX)
    expect(await organiser().call('POST', '', { body: testFestival(newId()) })).toMatchObject(TOO_MANY)
    for (const id of ids.slice(0, 300)) await db().delete(festivals).where(eq(festivals.id, id))
    expect((await organiser().call('POST', '', { body: testFestival(newId()) })).status).toBe(201)
  })
})

describe('deleting a draft', () => {
  it('deletes its room, its ticket types and their units, and stays in the audit log', async () => {
    const { id, type } = await makeDraft()
    expect((await organiser().call('DELETE', `/${id}`)).status).toBe(204)
    expect((await organiser().call('GET', `/${id}`)).status).toBe(404)
    expect(await db().select().from(rooms).where(eq(rooms.id, id))).toEqual([])
    expect(await db().select().from(units).where(eq(units.ticketTypeId, type))).toEqual([])
    const log = await db().select().from(auditLog).where(eq(auditLog.subject, id))
    expect(log.map(({ action }) => action)).toEqual(['festival.create', 'festival.delete'])
    expect((await organiser().call('DELETE', `/${id}`)).status).toBe(404)
    // Its ID is available again.
    expect((await organiser().call('POST', '', { body: testFestival(id) })).status).toBe(201)
  })

  it('M6: discloses none of its changes to the next festival with its ID', async () => {
    const { id } = await makeDraft()
    await organiser().call('PATCH', `/${id}`, { body: { name: 'A secret' } })
    await organiser().call('DELETE', `/${id}`)
    const next = await createTestOrganiser({ db: db(), redis: redis() })
    expect((await next.call('POST', '', { body: testFestival(id) })).status).toBe(201)
    const read = async (query = '') => {
      const answer = await next.app.request(`/api/admin/rooms/${id}/changes${query}`, {
        headers: { authorization: `Bearer ${next.sessionOf('organiser')}` },
      })
      return ((await answer.json()) as { changes: { action: string }[] }).changes
    }
    expect((await read()).map(({ action }) => action)).toEqual(['festival.create'])
    expect(await read(`?account=${organiser().organiser}`)).toEqual([])
  })

  it('is rejected once it is published, for an outdated version, and for accounts that are no organisers', async () => {
    const { id } = await makeDraft()
    const headers = { 'if-match': '"0"' }
    expect((await organiser().call('DELETE', `/${id}`, { headers })).status).toBe(412)
    const token = organiser().sessionOf('fan', 'staff')
    expect((await organiser().call('DELETE', `/${id}`, { token })).status).toBe(403)
    expect((await organiser().call('POST', `/${id}/publish`)).status).toBe(200)
    expect(await organiser().call('DELETE', `/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
  })

  it('is rejected when something was paid for in it, and then deletes nothing', async () => {
    const { id, type } = await makeDraft()
    await beginPayments(db(), [makeTestPayment({ id, types: [type] }, organiser().organiser)], new Date())
    expect(await organiser().call('DELETE', `/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect((await organiser().call('GET', `/${id}`)).body).toMatchObject({ ticketTypes: [{ id: type }] })
    expect(await db().select().from(units).where(eq(units.ticketTypeId, type))).toHaveLength(10)
  })
})
