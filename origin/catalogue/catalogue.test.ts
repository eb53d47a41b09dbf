import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { createRedis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { redisUrl } from '../../shared/testing/stores.ts'
import { createTestOrganiser, testFestival, testType } from '../testing/organiser.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { createCatalogueCopy } from './catalogue.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const log = createLogger('test', 'silent')

const openOrganiser = () => createTestOrganiser({ db: db(), redis: redis() })

/** A published room of which every script fails, as with broken keys. Undone by the returned function. */
async function breakRoom(): Promise<{ id: string; fix: () => Promise<unknown> }> {
  const { id } = await makeTestFestival({ db: db() })
  await redis().set(roomKeys(id).settings, 'not a hash')
  return { id, fix: () => db().update(festivals).set({ published: false }).where(eq(festivals.id, id)) }
}

describe('a committed change of the catalogue (H6)', () => {
  it('succeeds while another room cannot be published', async () => {
    const { call, app, sessionOf } = await openOrganiser()
    const broken = await breakRoom()
    const id = `test-${uuidv7()}`
    expect((await call('POST', '', { body: testFestival(id) })).status).toBe(201)
    expect((await call('POST', `/${id}/publish`)).status).toBe(200)
    expect(await redis().hget(roomKeys(id).settings, 'version')).not.toBeNull()
    expect((await call('POST', `/${id}/ticket-types`, { body: testType() })).status).toBe(201)
    expect(await db().select().from(ticketTypes).where(eq(ticketTypes.festivalId, id))).toHaveLength(2)
    expect((await call('PATCH', `/${id}`, { body: { name: 'Other' } })).status).toBe(200)
    const paused = await app.request(`/api/admin/rooms/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${sessionOf('organiser')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ phase: 'paused' }),
    })
    expect(paused.status).toBe(200)
    expect(await redis().hget(roomKeys(id).settings, 'paused')).toBe('1')
    await broken.fix()
  })

  it('succeeds while Redis is unreachable, and the next round publishes it', async () => {
    const lost = createRedis({ url: redisUrl(), name: 'test', log })
    lost.disconnect()
    const { call } = await createTestOrganiser({ db: db(), redis: lost })
    const { id, types } = await makeTestFestival({ db: db(), redis: redis() })
    const priced = await call('PATCH', `/${id}/ticket-types/${types[0]}`, { body: { priceMinor: 4321 } })
    expect(priced).toMatchObject({ status: 200, body: { ticketTypes: [{ priceMinor: 4321 }] } })
    const inRedis = async () => await redis().hget(roomKeys(id).types, String(types[0]))
    expect(await inRedis()).not.toContain('4321')
    await createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 1000 }).refresh()
    expect(await inRedis()).toContain('4321')
  })

  it('is answered from what its own transaction has read', async () => {
    const { call } = await openOrganiser()
    const { id } = await makeTestFestival({ db: db(), redis: redis() })
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) => call('PATCH', `/${id}`, { body: { name: `Name ${i}` } })),
    )
    expect(answers.map(({ body }) => body['name'])).toEqual([0, 1, 2, 3, 4].map((i) => `Name ${i}`))
  })
})

describe('a round of the catalogue', () => {
  it('publishes the other rooms and names the one that fails', async () => {
    const broken = await breakRoom()
    const { id } = await makeTestFestival({ db: db() })
    const copy = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 1000 })
    expect(await copy.refresh()).toEqual({ failedRooms: [broken.id] })
    expect(await redis().hget(roomKeys(id).settings, 'version')).toBe('1')
    expect(copy.current().map(({ room }) => room.id)).toEqual(expect.arrayContaining([id, broken.id]))
    await broken.fix()
    expect(await copy.refresh()).toEqual({ failedRooms: [] })
  })
})
