import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { AUDIENCES, type Role } from '../../shared/tokens/kinds.ts'
import { changeRoles, readRoles } from '../accounts/roles.ts'
import { createOriginApp } from '../app.ts'
import { makeNamedAccount } from '../sales/testing.ts'
import { makeTestFestival, makeTestTokens, testOriginDeps } from '../testing.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
const seconds = Math.floor(Date.now() / 1000)
let app: ReturnType<typeof createOriginApp>

beforeAll(() => {
  const catalogue = {
    current: () => [],
    upcoming: () => [],
    known: () => true,
    refresh: async () => ({ failedRooms: [] }),
    follow: async () => {},
  }
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue }, tokens)
  app = createOriginApp({ ...deps, readRoles: ({ account }) => readRoles(db(), account) })
})

const people = new Map<string, Role[]>()

async function make(name: string, roles: Role[] = ['fan']): Promise<string> {
  const id = await makeNamedAccount(db(), { name, roles })
  people.set(id, roles)
  return id
}

/** The session says what roles the account had when it was made. */
async function call(account: string, method: string, path: string, body?: unknown) {
  const roles = people.get(account) ?? []
  const claims = { sub: account, name: 'Test', roles, iat: seconds, exp: seconds + 600 }
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${tokens.signSession({ aud: AUDIENCES.session, ...claims })}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const change = (by: string, account: string, roles: object) =>
  call(by, 'PATCH', `/api/admin/accounts/${account}`, roles)

describe('roles', () => {
  it('are given and taken by organisers, and the audit log keeps by whom', async () => {
    const [organiser, fan] = [await make('Olla', ['organiser']), await make('Pana')]
    expect((await change(organiser, fan, { staff: true })).body).toMatchObject({ roles: ['fan', 'staff'] })
    expect((await change(organiser, fan, { staff: true })).status).toBe(200)
    expect((await change(organiser, fan, { organiser: true, staff: false })).body).toMatchObject({
      roles: ['fan', 'organiser'],
    })
    const { body } = await call(organiser, 'GET', `/api/admin/changes?subject=account:${fan}`)
    expect(body['changes']).toMatchObject([
      {
        account: { id: organiser, name: 'Olla' },
        action: 'account.roles',
        subject: `account:${fan}`,
        before: { roles: ['fan', 'staff'] },
        after: { roles: ['fan', 'organiser'] },
      },
      { before: { roles: ['fan'] }, after: { roles: ['fan', 'staff'] } },
    ])
  })

  it('are in force at once, whatever an open session says', async () => {
    const [organiser, other] = [await make('Olla', ['organiser']), await make('Other', ['organiser'])]
    const [fan, { id: room }] = [await make('Pana'), await makeTestFestival({ db: db() })]
    const read = (account: string) => call(account, 'GET', `/api/admin/rooms/${room}`)
    const scan = (account: string) => call(account, 'GET', '/api/check-ins/keys')
    expect([(await read(fan)).status, (await scan(fan)).status]).toEqual([403, 403])
    await change(organiser, fan, { organiser: true, staff: true })
    expect([(await read(fan)).status, (await scan(fan)).status]).toEqual([200, 200])
    expect((await call(fan, 'GET', '/api/me')).body).toMatchObject({ roles: ['fan', 'staff', 'organiser'] })
    expect((await read(other)).status).toBe(200)
    await change(organiser, other, { organiser: false })
    expect((await read(other)).status).toBe(403)
    expect((await change(other, fan, { organiser: false })).status).toBe(403)
    expect((await call(other, 'GET', '/api/me')).body['roles']).not.toContain('organiser')
  })

  it('are no business of fans and staff', async () => {
    for (const roles of [['fan'], ['fan', 'staff']] as Role[][]) {
      const account = await make('Test', roles)
      expect((await change(account, account, { organiser: true })).status).toBe(403)
      expect((await call(account, 'GET', '/api/admin/accounts?q=abc')).status).toBe(403)
      expect((await call(account, 'GET', '/api/admin/changes')).status).toBe(403)
    }
  })

  it('leave nobody an organiser less by their own hand, and name accounts that are there', async () => {
    const organiser = await make('Olla', ['fan', 'organiser'])
    expect((await change(organiser, organiser, { organiser: false })).body).toMatchObject({
      code: 'conflict',
    })
    expect((await change(organiser, organiser, { staff: true })).body).toMatchObject({
      roles: ['fan', 'organiser', 'staff'],
    })
    expect((await change(organiser, crypto.randomUUID(), { staff: true })).status).toBe(404)
    expect((await change(organiser, organiser, {})).status).toBe(422)
    expect((await change(organiser, organiser, { fan: false })).status).toBe(422)
  })

  it('leave one organiser when all take the role from each other at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const circle = await Promise.all([1, 2, 3].map((n) => make(`O${n}`, ['organiser'])))
      const results = await Promise.all(
        circle.map((by, i) =>
          changeRoles(
            { db: db(), now: Date.now },
            { by, account: circle[(i + 1) % circle.length] ?? '', change: { organiser: false } },
          ),
        ),
      )
      const roles = await Promise.all(circle.map((account) => readRoles(db(), account)))
      expect(roles.filter((each) => each.includes('organiser')).length).toBeGreaterThan(0)
      expect(results.some(({ status }) => status === 'forbidden')).toBe(true)
    }
  })
})

describe('accounts', () => {
  it('are found by the beginning of their address, in order of it, and no further than asked', async () => {
    const organiser = await make('Olla', ['organiser'])
    const tag = crypto.randomUUID().slice(0, 8)
    for (const name of ['b', 'a', 'c_d']) {
      await makeNamedAccount(db(), { name, email: `${tag}${name}@naru.test` })
    }
    const find = async (q: string, limit = 20) => {
      const { body } = await call(
        organiser,
        'GET',
        `/api/admin/accounts?${new URLSearchParams({ q, limit: String(limit) })}`,
      )
      return body['accounts'] as { name: string }[]
    }
    expect((await find(` ${tag.toUpperCase()}`)).map(({ name }) => name)).toEqual(['a', 'b', 'c_d'])
    expect(await find(tag, 1)).toHaveLength(1)
    expect(await find(`${tag}_`)).toEqual([])
    expect(Object.keys((await find(tag))[0] ?? {}).toSorted()).toEqual([
      ...['email', 'id', 'name', 'proven', 'roles'],
    ])
    expect((await call(organiser, 'GET', '/api/admin/accounts?q=ab')).status).toBe(422)
  })

  it('of one address are told apart by which is proven, and that one comes first', async () => {
    const organiser = await make('Olla', ['organiser'])
    const email = `${crypto.randomUUID()}@naru.test`
    const ids = [1, 2, 3].map(() => makeNamedAccount(db(), { name: 'Pana', email }))
    const [, proven = ''] = await Promise.all(ids)
    const at = { emailProvenAt: new Date(), emailKey: email }
    await db().update(accounts).set(at).where(eq(accounts.id, proven))
    const { body } = await call(organiser, 'GET', `/api/admin/accounts?q=${email}`)
    const found = body['accounts'] as { id: string; proven: boolean }[]
    expect(found.map((each) => each.proven)).toEqual([true, false, false])
    expect(found[0]?.id).toBe(proven)
    const changed = await change(organiser, proven, { staff: true })
    expect(changed.body).toMatchObject({ id: proven, email, roles: ['fan', 'staff'], proven: true })
  })
})

it('lists what was changed of everything, the newest first, a page at a time', async () => {
  const [organiser, fan] = [await make('Olla', ['organiser']), await make('Pana')]
  for (const staff of [true, false, true]) await change(organiser, fan, { staff })
  const list = async (query: string) =>
    (await call(organiser, 'GET', `/api/admin/changes${query}`)).body['changes'] as {
      id: number
      subject: string
    }[]
  const [newest, second] = await list('?limit=2')
  expect(newest).toMatchObject({ subject: `account:${fan}`, after: { roles: ['fan', 'staff'] } })
  const [third] = await list(`?before=${second?.id}&limit=1`)
  expect(third).toMatchObject({ subject: `account:${fan}`, before: { roles: ['fan'] } })
  expect(third?.id).toBeLessThan(second?.id ?? 0)
})
