import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { operators } from '../../../drizzle/schema/teams.ts'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import { createAccess } from '../../access/access.ts'
import { type AccountRole, changeRoles } from '../../accounts/roles.ts'
import { createOriginApp } from '../../app.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../testing/app.ts'
import { makeNamedAccount } from '../../testing/sales.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const tokens = makeTestTokens()
let app: ReturnType<typeof createOriginApp>

beforeAll(() => {
  const deps = testOriginDeps({ db: db(), redis: redis(), catalogue: emptyCatalogue }, tokens)
  app = createOriginApp({ ...deps, access: createAccess(db()) })
})

async function make(name: string, roles: AccountRole[] = ['fan']): Promise<string> {
  const stored = roles.filter((role) => role !== 'operator')
  const id = await makeNamedAccount(db(), { name, roles: stored })
  if (roles.includes('operator')) await db().insert(operators).values({ accountId: id, since: new Date() })
  return id
}

const isOperator = async (account: string) =>
  (await createAccess(db()).permissions({ sub: account, roles: [] })).operates

/** The session contains none of the account's roles. */
async function call(account: string, method: string, path: string, body?: unknown) {
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${tokens.sessionOf(account, ['fan'])}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const change = (by: string, account: string, roles: object) =>
  call(by, 'PATCH', `/api/admin/accounts/${account}`, roles)

describe('roles', () => {
  it('are granted and revoked by operators, and the audit log records by whom', async () => {
    const [operator, fan] = [await make('Olla', ['operator']), await make('Pana')]
    expect((await change(operator, fan, { operator: true })).body).toMatchObject({
      roles: ['fan', 'operator'],
    })
    expect((await change(operator, fan, { operator: true })).status).toBe(200)
    expect((await change(operator, fan, { organiser: true, operator: false })).body).toMatchObject({
      roles: ['fan', 'organiser'],
    })
    const { body } = await call(operator, 'GET', `/api/admin/changes?subject=account:${fan}`)
    expect(body['changes']).toMatchObject([
      {
        account: { id: operator, name: 'Olla' },
        action: 'account.roles',
        subject: `account:${fan}`,
        before: { roles: ['fan', 'operator'] },
        after: { roles: ['fan', 'organiser'] },
      },
      { before: { roles: ['fan'] }, after: { roles: ['fan', 'operator'] } },
    ])
  })

  it('apply immediately, whatever an open session contains', async () => {
    const [operator, other, fan] = [
      await make('Olla', ['operator']),
      await make('Other', ['operator']),
      await make('Pana'),
    ]
    const list = (account: string) => call(account, 'GET', '/api/admin/festivals')
    expect((await list(fan)).status).toBe(403)
    await change(operator, fan, { organiser: true, operator: true })
    expect((await list(fan)).status).toBe(200)
    expect((await call(fan, 'GET', '/api/me')).body).toMatchObject({
      roles: ['fan', 'organiser', 'operator'],
      createsFestivals: true,
    })
    await change(operator, other, { operator: false })
    expect((await list(other)).status).toBe(403)
    expect((await change(other, fan, { organiser: false })).status).toBe(403)
    expect((await call(other, 'GET', '/api/me')).body['roles']).toEqual(['fan'])
  })

  it('are hidden from fans and organisers', async () => {
    for (const roles of [['fan'], ['fan', 'organiser']] as AccountRole[][]) {
      const account = await make('Test', roles)
      expect((await change(account, account, { operator: true })).status).toBe(403)
      expect((await call(account, 'GET', '/api/admin/accounts?q=abc')).status).toBe(403)
    }
    expect((await call(await make('Test'), 'GET', '/api/admin/changes')).status).toBe(403)
  })

  it('cannot be revoked by operators from themselves, nor granted to unknown accounts', async () => {
    const operator = await make('Olla', ['fan', 'operator'])
    expect((await change(operator, operator, { operator: false })).body).toMatchObject({ code: 'conflict' })
    expect((await change(operator, operator, { organiser: true })).body).toMatchObject({
      roles: ['fan', 'organiser', 'operator'],
    })
    expect((await change(operator, crypto.randomUUID(), { organiser: true })).status).toBe(404)
    expect((await change(operator, operator, {})).status).toBe(422)
    expect((await change(operator, operator, { staff: false })).status).toBe(422)
  })

  it('leave one operator when all revoke the role from each other concurrently', async () => {
    for (let round = 0; round < 10; round += 1) {
      const circle = await Promise.all([1, 2, 3].map((n) => make(`O${n}`, ['operator'])))
      const results = await Promise.all(
        circle.map((by, i) =>
          changeRoles(
            { db: db(), now: Date.now },
            { by, account: circle[(i + 1) % circle.length] ?? '', change: { operator: false } },
          ),
        ),
      )
      const left = await Promise.all(circle.map(isOperator))
      expect(left.filter((is) => is).length).toBeGreaterThan(0)
      expect(results.some(({ status }) => status === 'forbidden')).toBe(true)
    }
  })
})

describe('accounts', () => {
  it('are found by the beginning of their address, sorted by it, up to the requested limit', async () => {
    const organiser = await make('Olla', ['operator'])
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

  it('of one address are distinguished by which is proven, and that one comes first', async () => {
    const organiser = await make('Olla', ['operator'])
    const email = `${crypto.randomUUID()}@naru.test`
    const ids = [1, 2, 3].map(() => makeNamedAccount(db(), { name: 'Pana', email }))
    const [, proven = ''] = await Promise.all(ids)
    const at = { emailProvenAt: new Date(), emailKey: email }
    await db().update(accounts).set(at).where(eq(accounts.id, proven))
    const { body } = await call(organiser, 'GET', `/api/admin/accounts?q=${email}`)
    const found = body['accounts'] as { id: string; proven: boolean }[]
    expect(found.map((each) => each.proven)).toEqual([true, false, false])
    expect(found[0]?.id).toBe(proven)
    const changed = await change(organiser, proven, { organiser: true })
    expect(changed.body).toMatchObject({ id: proven, email, roles: ['fan', 'organiser'], proven: true })
  })
})

it('lists all changes, newest first, a page at a time', async () => {
  const [organiser, fan] = [await make('Olla', ['operator']), await make('Pana')]
  for (const operator of [true, false, true]) await change(organiser, fan, { operator })
  const list = async (query: string) =>
    (await call(organiser, 'GET', `/api/admin/changes${query}`)).body['changes'] as {
      id: number
      subject: string
    }[]
  const [newest, second] = await list('?limit=2')
  expect(newest).toMatchObject({ subject: `account:${fan}`, after: { roles: ['fan', 'operator'] } })
  const [third] = await list(`?before=${second?.id}&limit=1`)
  expect(third).toMatchObject({ subject: `account:${fan}`, before: { roles: ['fan'] } })
  expect(third?.id).toBeLessThan(second?.id ?? 0)
})
