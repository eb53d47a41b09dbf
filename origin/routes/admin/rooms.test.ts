import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { roomKeys } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { createOriginApp } from '../../app.ts'
import { createCatalogueCopy } from '../../catalogue/catalogue.ts'
import { makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeTestAccounts, makeTestFestival } from '../../testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const { lifetime, service } = tokens

let app: ReturnType<typeof createOriginApp>
let organiser: string

beforeAll(async () => {
  const log = createLogger('test', 'silent')
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 1000 })
  app = createOriginApp(testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens))
  organiser = (await makeTestAccounts(db(), 1))[0] ?? ''
})

const sessionOf = (...roles: Role[]) => tokens.sessionOf(organiser, roles)

async function call(method: string, path: string, options: { token?: string; body?: unknown } = {}) {
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${options.token ?? sessionOf('organiser')}`,
      'content-type': 'application/json',
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const makeRoom = async () =>
  `/api/admin/rooms/${(await makeTestFestival({ db: db(), redis: redis() }, { room: { ratePerSecond: 5 } })).id}`

describe("an organiser's rooms", () => {
  it('returns all settings and never the secret of the draw', async () => {
    const path = await makeRoom()
    const { status, body } = await call('GET', path)
    expect(status).toBe(200)
    expect(Object.keys(body).toSorted()).toEqual(
      [
        ...['id', 'order', 'lobbyAt', 'opensAt', 'closesAt', 'ratePerSecond', 'maxActive', 'entriesMax'],
        ...['graceSeconds', 'passSeconds', 'holdSeconds', 'entriesPerAddressMax', 'proofOfWork'],
        ...['participantsPerNetworkMax', 'participantsPerDomainMax', 'beacon'],
        ...['paused', 'notice', 'version'],
      ].toSorted(),
    )
    expect(body).toMatchObject({ ratePerSecond: 5, paused: false, notice: null, version: 1 })
  })

  it('changes settings, which are in Redis before the response is sent', async () => {
    const path = await makeRoom()
    const body = { ratePerSecond: 7, notice: { ko: ' 곧 ', en: null }, closesAt: '2036-01-01T09:00:00+09:00' }
    const answer = await call('PATCH', path, { body })
    const settings = await redis().hgetall(roomKeys(path.split('/').at(-1) ?? '').settings)
    expect(settings).toMatchObject({ ratePerSecond: '7', noticeKo: '곧', noticeEn: '', version: '2' })
    expect(settings['closesAt']).toBe(String(Date.UTC(2036, 0, 1)))
    expect(answer).toMatchObject({
      status: 200,
      body: {
        ratePerSecond: 7,
        notice: { ko: '곧', en: null },
        closesAt: '2036-01-01T00:00:00.000Z',
        version: 2,
      },
    })
    expect((await call('GET', path)).body).toEqual(answer.body)
  })

  it('lists all changes with author and time, newest first, a page at a time', async () => {
    const path = await makeRoom()
    for (const ratePerSecond of [6, 7, 8]) await call('PATCH', path, { body: { ratePerSecond } })
    type Change = { id: number; at: string }
    const page = async (query: string) =>
      (await call('GET', `${path}/changes${query}`)).body['changes'] as Change[]
    const all = await page('')
    expect(all).toMatchObject(
      [8, 7, 6].map((ratePerSecond) => ({
        account: { id: organiser, name: 'Test' },
        action: 'room.change',
        before: { ratePerSecond: ratePerSecond - 1 },
        after: { ratePerSecond },
      })),
    )
    expect(Math.abs(Date.parse(all[0]?.at ?? '') - Date.now())).toBeLessThan(10_000)
    expect(await page('?limit=2')).toEqual(all.slice(0, 2))
    expect(await page(`?limit=2&before=${all[1]?.id}`)).toEqual(all.slice(2))
    expect(await page(`?before=${all[2]?.id}`)).toEqual([])
  })

  it.each<[string, Role[]]>([
    ['a fan', ['fan']],
    ['staff', ['fan', 'staff']],
  ])('rejects %s', async (_, roles) => {
    const path = await makeRoom()
    const token = sessionOf(...roles)
    const refused = { status: 403, body: { code: 'forbidden' } }
    expect(await call('GET', path, { token })).toMatchObject(refused)
    expect(await call('GET', `${path}/changes`, { token })).toMatchObject(refused)
    expect(await call('PATCH', path, { token, body: { paused: true } })).toMatchObject(refused)
    expect((await call('GET', path)).body).toMatchObject({ paused: false, version: 1 })
  })

  it('rejects tokens that are no session', async () => {
    const path = await makeRoom()
    const pass = tokens.signPass({ aud: path.split('/').at(-1) ?? '', sub: organiser, jti: 'j', ...lifetime })
    for (const token of [service, pass]) {
      expect(await call('PATCH', path, { token, body: { paused: true } })).toMatchObject({
        status: 403,
        body: { code: 'token-wrong-audience' },
      })
    }
  })

  it('rejects an unknown room', async () => {
    const path = '/api/admin/rooms/no-such-room'
    const missing = { status: 404, body: { code: 'not-found' } }
    expect(await call('GET', path)).toMatchObject(missing)
    expect(await call('GET', `${path}/changes`)).toMatchObject(missing)
    expect(await call('PATCH', path, { body: { paused: true } })).toMatchObject(missing)
  })

  it('reports why a change contradicts the state of the room', async () => {
    const answer = await call('PATCH', await makeRoom(), { body: { phase: 'lobby' } })
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict', detail: expect.any(String) } })
  })

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['something unknown', { drawSecret: '00' }],
    ['a version', { version: 9 }],
    ['a rate of none', { ratePerSecond: 0 }],
    ['a rate too high', { ratePerSecond: 10_001 }],
    ['half a slot', { maxActive: 0.5 }],
    ['too many slots', { maxActive: 100_001 }],
    ['a pass too short', { passSeconds: 29 }],
    ['a grace too short', { graceSeconds: 9 }],
    ['a hold too long', { holdSeconds: 3601 }],
    ['too many entries', { entriesMax: 10_000_001 }],
    ['a proof of work that takes a device longer than anyone waits', { proofOfWork: 1001 }],
    ['another order', { order: 'price' }],
    ['another phase', { phase: 'sold-out' }],
    ['an instant without an offset', { opensAt: '2036-01-01T00:00:00' }],
    ['a day that is not', { opensAt: '2036-02-30T00:00:00Z' }],
    ['an instant after the last', { closesAt: '9999-12-31T23:59:59-01:00' }],
    ['an instant before the first', { lobbyAt: '1969-12-31T23:59:59Z' }],
    ['a notice too long', { notice: { ko: 'x'.repeat(501), en: null } }],
    ['half a notice', { notice: { ko: '곧' } }],
    ['a phase and what it sets', { phase: 'open', opensAt: '2036-01-01T00:00:00Z' }],
    ['a phase and its contrary', { phase: 'paused', paused: false }],
  ])('rejects %s', async (_, body) => {
    const path = await makeRoom()
    expect(await call('PATCH', path, { body })).toMatchObject({
      status: 422,
      body: { code: 'invalid-input' },
    })
    expect((await call('GET', path)).body).toMatchObject({ version: 1 })
  })

  it.each(['before=0', 'before=x', 'limit=0', 'limit=101'])('rejects a page with %s', async (query) => {
    const answer = await call('GET', `${await makeRoom()}/changes?${query}`)
    expect(answer).toMatchObject({ status: 422 })
  })
})
