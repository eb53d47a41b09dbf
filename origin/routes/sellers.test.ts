import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { readCatalogue, toFestival } from '../festivals/read-catalogue.ts'
import { type TestOrganiser, testFestival, testType, useOrganiser } from '../testing/organiser.ts'
import { TEST_SELLER } from '../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })
const call: TestOrganiser['call'] = (...args) => organiser().call(...args)

const NOBODY = Object.fromEntries(Object.keys(TEST_SELLER).map((field) => [field, null]))
const FREE = { ticketTypes: [testType({ priceMinor: 0 })] }

async function make(more: Record<string, unknown>): Promise<string> {
  const id = `test-${uuidv7()}`
  expect((await call('POST', '', { body: testFestival(id, more) })).status).toBe(201)
  return id
}

async function publish(more: Record<string, unknown>): Promise<string> {
  const id = await make(more)
  expect((await call('POST', `/${id}/publish`)).status).toBe(200)
  return id
}

function errorsIn({ body }: { body: Record<string, unknown> }) {
  return ((body['errors'] ?? []) as { pointer: string; code?: string }[]).map(({ pointer, code }) => ({
    pointer,
    code,
  }))
}

describe('the seller of paid tickets', () => {
  it('has to be known before publishing, which names all that is missing', async () => {
    const id = await make({ ...NOBODY, sellerName: 'Waves' })
    const refused = await call('POST', `/${id}/publish`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(errorsIn(refused)).toEqual(
      ['Representative', 'Registration', 'Address', 'Email', 'Phone'].map((field) => ({
        pointer: `/seller${field}`,
        code: 'seller-missing',
      })),
    )
    expect((await call('PATCH', `/${id}`, { body: TEST_SELLER })).status).toBe(200)
    expect((await call('POST', `/${id}/publish`)).status).toBe(200)
    const published = (await readCatalogue(db(), 100)).find(({ festival }) => festival.id === id)
    expect(published && toFestival(published).seller).toEqual(TEST_SELLER)
  })

  it('is not asked for while all tickets are free', async () => {
    const id = await publish({ ...NOBODY, ...FREE })
    expect((await call('GET', `/${id}`)).body).toMatchObject({ published: true, sellerName: null })
  })

  it('has to be known before a published festival adds a paid type, or sets a price', async () => {
    const id = await publish({ ...NOBODY, ...FREE })
    const needed = [{ pointer: '/priceMinor', code: 'seller-needed' }]
    const add = () => call('POST', `/${id}/ticket-types`, { body: testType() })
    expect(errorsIn(await add())).toEqual(needed)
    const [type] = (await call('GET', `/${id}`)).body['ticketTypes'] as { id: number }[]
    const price = () => call('PATCH', `/${id}/ticket-types/${type?.id}`, { body: { priceMinor: 5 } })
    expect(errorsIn(await price())).toEqual(needed)
    expect((await call('PATCH', `/${id}`, { body: TEST_SELLER })).status).toBe(200)
    expect((await add()).status).toBe(201)
    expect((await price()).status).toBe(200)
  })

  it('may change after publishing, and not disappear', async () => {
    const id = await publish({})
    const removed = await call('PATCH', `/${id}`, { body: { sellerPhone: null } })
    expect(removed.status).toBe(422)
    expect(errorsIn(removed)).toEqual([{ pointer: '/sellerPhone', code: 'seller-missing' }])
    const changed = await call('PATCH', `/${id}`, {
      body: { sellerPhone: '+82 2 1', sellerMailOrder: '1-2' },
    })
    expect(changed).toMatchObject({ status: 200, body: { sellerPhone: '+82 2 1', sellerMailOrder: '1-2' } })
  })

  it.each([
    ['sellerEmail', 'nobody'],
    ['sellerPhone', 'call us'],
    ['sellerName', 'x'.repeat(201)],
  ])('has a %s that fans can use, and not %s', async (field, value) => {
    const refused = await call('POST', '', { body: testFestival(`test-${uuidv7()}`, { [field]: value }) })
    expect(refused.status).toBe(422)
    expect(errorsIn(refused)).toMatchObject([{ pointer: `/${field}` }])
  })

  it('is not asked of a festival that sold paid tickets before: its price can still change', async () => {
    const id = await publish({})
    await db().update(festivals).set(NOBODY).where(eq(festivals.id, id))
    const [type] = (await call('GET', `/${id}`)).body['ticketTypes'] as { id: number }[]
    const body = { priceMinor: 6 }
    expect((await call('PATCH', `/${id}/ticket-types/${type?.id}`, { body })).status).toBe(200)
    expect((await call('PATCH', `/${id}`, { body: { name: 'Older' } })).status).toBe(200)
  })
})
