import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { auditLog } from '../../drizzle/schema/audit.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { type TestOrganiser, testFestival, testType, useOrganiser } from '../testing/organiser.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const organiser = useOrganiser({ db, redis })

const call: TestOrganiser['call'] = (...args) => organiser().call(...args)
const WRITERS = 6
const OUTDATED = { status: 412, body: { code: 'precondition-failed' } }

/** A published festival, with the entity tag it has then. */
async function makeFestival() {
  const id = `test-${uuidv7()}`
  const { body } = await call('POST', '', { body: testFestival(id) })
  const [type] = body['ticketTypes'] as { id: number }[]
  const published = await call('POST', `/${id}/publish`)
  return { id, type: type?.id ?? 0, etag: `"${published.body['version']}"` }
}

async function changeRoom(id: string, body: unknown, etag?: string): Promise<Response> {
  return await organiser().app.request(`/api/admin/rooms/${id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${organiser().sessionOf('organiser')}`,
      'content-type': 'application/json',
      ...(etag === undefined ? {} : { 'if-match': etag }),
    },
    body: JSON.stringify(body),
  })
}

const changesOf = async (id: string) => await db().select().from(auditLog).where(eq(auditLog.subject, id))
const versionOf = async (id: string) => (await call('GET', `/${id}`)).body['version']

describe('a change with If-Match', () => {
  it('is rejected for each of six concurrent ones with a version that never existed', async () => {
    const { id } = await makeFestival()
    const before = await changesOf(id)
    const answers = await Promise.all(
      Array.from({ length: WRITERS }, (_, i) =>
        call('PATCH', `/${id}`, { body: { name: `Name ${i}` }, headers: { 'if-match': '"0"' } }),
      ),
    )
    for (const answer of answers) expect(answer).toMatchObject(OUTDATED)
    expect(await changesOf(id)).toEqual(before)
  })

  it('succeeds for one of six that are based on the same version of a festival', async () => {
    const { id, etag } = await makeFestival()
    const answers = await Promise.all(
      Array.from({ length: WRITERS }, (_, i) =>
        call('PATCH', `/${id}`, { body: { name: `Name ${i}` }, headers: { 'if-match': etag } }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412, 412])
    const [changed] = answers.filter(({ status }) => status === 200)
    expect((await call('GET', `/${id}`)).body).toEqual(changed?.body)
  })

  it('succeeds for one of six that are based on the same version of a room', async () => {
    const { id, etag } = await makeFestival()
    const answers = await Promise.all(
      Array.from({ length: WRITERS }, (_, i) => changeRoom(id, { ratePerSecond: i + 1 }, etag)),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412, 412])
    const [changed] = answers.filter(({ status }) => status === 200)
    expect(changed?.headers.get('etag')).toBe(`"${await versionOf(id)}"`)
  })

  it('succeeds for one of several different changes that are based on the same version', async () => {
    const { id, type, etag } = await makeFestival()
    const headers = { 'if-match': etag }
    const answers = await Promise.all([
      call('PATCH', `/${id}`, { body: { name: 'Other' }, headers }),
      call('PATCH', `/${id}/ticket-types/${type}`, { body: { priceMinor: 7 }, headers }),
      call('POST', `/${id}/ticket-types`, { body: testType(), headers }),
      call('POST', `/${id}/unpublish`, { headers }),
      changeRoom(id, { maxActive: 7 }, etag),
    ])
    expect(answers.filter(({ status }) => status !== 412)).toHaveLength(1)
  })

  it('is checked for every kind of change', async () => {
    const { id, type } = await makeFestival()
    const headers = { 'if-match': '"0", W/"1"' }
    const calls = [
      call('PATCH', `/${id}`, { body: { name: 'Other' }, headers }),
      call('POST', `/${id}/publish`, { headers }),
      call('POST', `/${id}/unpublish`, { headers }),
      call('POST', `/${id}/ticket-types`, { body: testType(), headers }),
      call('PATCH', `/${id}/ticket-types/${type}`, { body: { priceMinor: 1 }, headers }),
      call('DELETE', `/${id}/ticket-types/${type}`, { headers }),
      call('DELETE', `/${id}/image`, { headers }),
    ]
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject(OUTDATED)
    expect((await changeRoom(id, { maxActive: 7 }, '"0"')).status).toBe(412)
  })

  it('succeeds with the current version, with any version, and without the header', async () => {
    const { id, etag } = await makeFestival()
    const rename = (name: string, headers: Record<string, string>) =>
      call('PATCH', `/${id}`, { body: { name }, headers })
    expect((await rename('One', { 'if-match': `"0", ${etag}` })).status).toBe(200)
    expect((await rename('Two', { 'if-match': '*' })).status).toBe(200)
    expect((await rename('Three', {})).status).toBe(200)
    expect(await rename('Four', { 'if-match': etag })).toMatchObject(OUTDATED)
    expect(await rename('Five', { 'if-match': `W/"${await versionOf(id)}"` })).toMatchObject(OUTDATED)
  })

  it('returns the entity tag that reading the festival returns', async () => {
    const { id } = await makeFestival()
    const read = await organiser().app.request(`/api/admin/festivals/${id}`, {
      headers: { authorization: `Bearer ${organiser().sessionOf('organiser')}` },
    })
    expect(read.headers.get('etag')).toBe(`"${await versionOf(id)}"`)
  })
})
