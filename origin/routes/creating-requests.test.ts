import { and, eq, like } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { idempotencyKeys } from '../../drizzle/schema/idempotency.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { KEY_REMEMBER_MS, KEYS_PER_ACCOUNT_MAX, pruneKeys } from '../idempotency/keyed-request.ts'
import { createTestOrganiser, testFestival, testType, useOrganiser } from '../testing/organiser.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })

const newId = () => `test-${uuidv7()}`

async function makeDraft(): Promise<string> {
  const id = newId()
  expect((await organiser().call('POST', '', { body: testFestival(id) })).status).toBe(201)
  return id
}

const addType = (id: string, key: string, more: Record<string, unknown> = {}) =>
  organiser().call('POST', `/${id}/ticket-types`, {
    body: { ...TYPE, ...more },
    headers: { 'idempotency-key': key },
  })
const TYPE = testType({ name: 'Late' })

const lateTypes = (id: string) =>
  db()
    .select()
    .from(ticketTypes)
    .where(and(eq(ticketTypes.festivalId, id), eq(ticketTypes.name, 'Late')))

describe('a creating request with an Idempotency-Key (H6)', () => {
  it('adds one ticket type, however often and concurrently it is sent', async () => {
    const id = await makeDraft()
    const key = uuidv7()
    const answers = await Promise.all(Array.from({ length: 6 }, () => addType(id, key)))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201))
    expect(await lateTypes(id)).toHaveLength(1)
    expect(await addType(id, key)).toMatchObject({
      status: 201,
      body: { ticketTypes: [{}, { name: 'Late' }] },
    })
    expect(await lateTypes(id)).toHaveLength(1)
  })

  it('adds another ticket type under another key', async () => {
    const id = await makeDraft()
    await addType(id, uuidv7())
    await addType(id, uuidv7())
    expect(await lateTypes(id)).toHaveLength(2)
  })

  it('creates one festival and returns it for every repetition', async () => {
    const id = newId()
    const body = testFestival(id)
    const headers = { 'idempotency-key': `"${uuidv7()}"` }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => organiser().call('POST', '', { body, headers })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201))
    expect(await db().select().from(festivals).where(eq(festivals.id, id))).toHaveLength(1)
    // Without the key the ID is taken.
    expect(await organiser().call('POST', '', { body })).toMatchObject({
      status: 409,
      body: { code: 'festival-taken' },
    })
  })

  it('is rejected when its key was used with another request', async () => {
    const id = await makeDraft()
    const key = uuidv7()
    expect((await addType(id, key)).status).toBe(201)
    const reused = { status: 422, body: { code: 'idempotency-key-reused' } }
    expect(await addType(id, key, { priceMinor: 5 })).toMatchObject(reused)
    expect(await addType(await makeDraft(), key)).toMatchObject(reused)
    expect(
      await organiser().call('POST', '', {
        body: testFestival(newId()),
        headers: { 'idempotency-key': key },
      }),
    ).toMatchObject(reused)
    expect(await lateTypes(id)).toHaveLength(1)
  })

  it('leaves its key usable for the next attempt when it was rejected', async () => {
    const id = await makeDraft()
    const key = uuidv7()
    expect((await addType(id, key, { quantity: 5000 })).status).toBe(422)
    expect((await addType(id, key)).status).toBe(201)
  })

  it('shares no key with another account', async () => {
    const other = await createTestOrganiser({ db: db(), redis: redis() })
    const id = await makeDraft()
    const key = uuidv7()
    const headers = { 'idempotency-key': key }
    expect((await addType(id, key)).status).toBe(201)
    const theirs = { body: { ...TYPE, name: 'Theirs' }, headers }
    expect((await other.call('POST', `/${id}/ticket-types`, theirs)).status).toBe(201)
  })

  it('is rejected when its key is malformed', async () => {
    const headers = { 'idempotency-key': 'ü'.normalize('NFC') }
    expect(await organiser().call('POST', '', { body: testFestival(newId()), headers })).toMatchObject({
      status: 400,
      body: { code: 'bad-request' },
    })
  })
})

describe('stored keys', () => {
  it('expire after a day and are then deleted', async () => {
    const id = await makeDraft()
    const key = uuidv7()
    await addType(id, key)
    const before = new Date(Date.now() - KEY_REMEMBER_MS - 1000)
    await db().update(idempotencyKeys).set({ createdAt: before })
    expect((await addType(id, key)).status).toBe(201)
    expect(await lateTypes(id)).toHaveLength(2)
    await db().update(idempotencyKeys).set({ createdAt: before })
    expect(await pruneKeys(db(), new Date())).toBeGreaterThan(0)
    expect(await db().select().from(idempotencyKeys)).toEqual([])
  })

  it('are limited per account', async () => {
    const busy = await createTestOrganiser({ db: db(), redis: redis() })
    const filler = Array.from({ length: KEYS_PER_ACCOUNT_MAX }, (_, i) => ({
      accountId: busy.organiser,
      keyHash: `filler-${i}`,
      requestHash: 'filler',
      createdAt: new Date(),
    }))
    await db().insert(idempotencyKeys).values(filler)
    const headers = { 'idempotency-key': uuidv7() }
    const body = testFestival(newId())
    expect(await busy.call('POST', '', { body, headers })).toMatchObject({
      status: 429,
      body: { code: 'too-many' },
    })
    expect((await busy.call('POST', '', { body })).status).toBe(201)
    await db().delete(idempotencyKeys).where(like(idempotencyKeys.keyHash, 'filler-%'))
  })
})
