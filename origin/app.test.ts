import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../drizzle/database.ts'
import { useDatabase } from '../drizzle/testing/database.ts'
import { createLogger } from '../shared/runtime/log.ts'
import { makeTestKey } from '../shared/testing/keys.ts'
import { grantTestPasses, useRedis } from '../shared/testing/redis.ts'
import { AUDIENCES } from '../shared/tokens/kinds.ts'
import { createTokenSigner } from '../shared/tokens/sign.ts'
import { createOriginApp } from './app.ts'
import { type CatalogueCopy, createCatalogueCopy } from './catalogue/catalogue.ts'
import type { OriginDeps } from './context.ts'
import { makeTestTokens, testOriginDeps } from './testing/app.ts'
import { makeTestAccounts, makeTestFestival, type TestFestival } from './testing/origin.ts'

const { redis } = useRedis()
const { db } = useDatabase()

const tokens = makeTestTokens()
const { lifetime, service, signPass, signSession, signService } = tokens
const log = createLogger('test', 'silent')

let app: ReturnType<typeof createOriginApp>
let festival: TestFestival

beforeAll(async () => {
  const catalogue = createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 })
  festival = await makeTestFestival({ db: db() }, { quantities: [50] })
  await catalogue.refresh()
  app = createOriginApp(deps(db(), catalogue))
})

function deps(database: Database, catalogue: CatalogueCopy): OriginDeps {
  return testOriginDeps({ db: database, redis: redis(), catalogue }, tokens)
}

type Answer = { status: number; body: Record<string, unknown>; headers: Headers }

async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await app.request(path, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    headers: response.headers,
  }
}

const newFan = () => ({ email: `${randomUUID()}@naru.test`, password: 'a long password', name: 'Fan' })

async function fanWithPass(): Promise<{ account: string; pass: string; session: string }> {
  const [account = ''] = await makeTestAccounts(db(), 1)
  const [jti = ''] = await grantTestPasses(redis(), festival.id, [account])
  return {
    account,
    pass: signPass({ aud: festival.id, sub: account, jti, ...lifetime }),
    session: signSession({ aud: AUDIENCES.session, sub: account, name: 'Fan', roles: ['fan'], ...lifetime }),
  }
}

/** Its state right after the start. */
const unread: CatalogueCopy = {
  current: () => [],
  upcoming: () => [],
  known: () => false,
  refresh: async () => ({ failedRooms: [] }),
  follow: async () => {},
}

describe('the origin', () => {
  const room = () => `/api/rooms/${festival.id}`
  const expired = { iat: lifetime.iat - 100, exp: lifetime.iat - 1 }

  it.each([
    ['GET', '/api/catalogue'],
    ['POST', '/api/accounts'],
    ['GET', '/api/orders'],
    ['GET', '/api/openapi.json'],
    ['GET', '/'],
    ['GET', '/nowhere'],
  ])('rejects %s %s without a token', async (method, path) => {
    const answer = await call(method, path)
    expect(answer).toMatchObject({ status: 401, body: { code: 'token-missing', status: 401 } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each<[string, () => string, number, string]>([
    ['forged', () => signPassWith(makeTestKey()), 401, 'token-invalid'],
    ['expired', () => signPass({ aud: festival.id, sub: 'a', jti: 'j', ...expired }), 401, 'token-invalid'],
    [
      'for another room',
      () => signPass({ aud: 'other', sub: 'a', jti: 'j', ...lifetime }),
      403,
      'token-wrong-audience',
    ],
    [
      'a session',
      () => signSession({ aud: AUDIENCES.session, sub: 'a', name: 'A', roles: ['organiser'], ...lifetime }),
      403,
      'token-wrong-audience',
    ],
    ['a service token', () => service, 403, 'token-wrong-audience'],
    ['nonsense', () => 'x.y.z', 401, 'token-invalid'],
  ])('rejects a hold with a pass that is %s', async (_, token, status, code) => {
    const body = { basket: [{ type: festival.types[0], quantity: 1 }] }
    expect(await call('PUT', `${room()}/hold`, { token: token(), body })).toMatchObject({
      status,
      body: { code },
    })
  })

  function signPassWith(key: ReturnType<typeof makeTestKey>): string {
    return createTokenSigner('pass', key.privateKey)({ aud: festival.id, sub: 'a', jti: 'j', ...lifetime })
  }

  it.each([
    ['GET', '/api/orders', 'pass'],
    ['GET', '/api/me', 'pass'],
    ['GET', '/api/catalogue', 'session'],
    ['POST', '/api/sessions', 'session'],
  ] as const)('refuses %s %s with a %s', async (method, path, kind) => {
    const fan = await fanWithPass()
    const options = method === 'POST' ? { body: newFan() } : {}
    const { name: _, ...body } = newFan()
    const answer = await call(method, path, { token: fan[kind], ...(options.body ? { body } : {}) })
    expect(answer).toMatchObject({ status: 403, body: { code: 'token-wrong-audience' } })
  })

  it('rejects a session token with the issuer or audience of another kind', async () => {
    const token = signService({ aud: AUDIENCES.session, sub: 'gateway', ...lifetime })
    expect(await call('GET', '/api/catalogue', { token })).toMatchObject({ status: 401 })
  })

  it('returns no empty catalogue to gateways before it has read MySQL', async () => {
    const starting = createOriginApp(deps(db(), unread))
    const headers = { authorization: `Bearer ${service}` }
    const response = await starting.request('/api/catalogue', { headers })
    expect(response.status).toBe(503)
  })

  it('returns the catalogue to gateways, with a validator', async () => {
    const answer = await call('GET', '/api/catalogue', { token: service })
    expect(answer.body).toMatchObject({
      festivals: [{ id: festival.id, ticketTypes: [{ id: festival.types[0] }] }],
    })
    const etag = answer.headers.get('etag') ?? ''
    const again = await call('GET', '/api/catalogue', { token: service, headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  it('signs up, signs in and identifies the account; one address has one account, when dozens try concurrently', async () => {
    const fan = newFan()
    const tries = await Promise.all(
      Array.from({ length: 30 }, () => call('POST', '/api/accounts', { token: service, body: fan })),
    )
    const made = tries.filter(({ status }) => status === 201)
    expect(new Set(made.map(({ body }) => JSON.stringify(body['account']))).size).toBe(1)
    expect(tries.every(({ status }) => status === 201 || status === 503)).toBe(true)
    expect(tries.some(({ headers }) => headers.get('retry-after') === '1')).toBe(true)

    const { email, password } = fan
    const signedIn = await call('POST', '/api/sessions', {
      token: service,
      body: { email: ` ${email.toUpperCase()}`.trim(), password },
    })
    expect(signedIn.status).toBe(201)
    const cookie = signedIn.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(
      /^__Host-naru-session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/i,
    )
    const me = await call('GET', '/api/me', { token: String(signedIn.body['token']) })
    expect(me.body).toMatchObject({ name: 'Fan', roles: ['fan'] })
  })

  it('M20: sends sessions in a cookie that WebKit accepts where the site is reached over plain http', async () => {
    const given = deps(db(), createCatalogueCopy({ db: db(), redis: redis(), log, festivalsMax: 10 }))
    const config = { ...given.config, publicUrl: 'http://127.0.0.1:8080' }
    const plain = createOriginApp({ ...given, config })
    const answer = await plain.request('/api/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${service}` },
      body: JSON.stringify(newFan()),
    })
    expect(answer.headers.get('set-cookie')).toMatch(
      /^naru-session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/i,
    )
  })

  it('responds alike to a wrong password and to an unknown address', async () => {
    const fan = newFan()
    await call('POST', '/api/accounts', { token: service, body: fan })
    const wrong = (email: string) =>
      call('POST', '/api/sessions', { token: service, body: { email, password: 'wrong' } })
    const [known, unknown] = [await wrong(fan.email), await wrong(`${randomUUID()}@naru.test`)]
    expect(known).toMatchObject({ status: 401, body: { code: 'sign-in-failed' } })
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...known.body, requestId: '' })
  })

  it('ignores a role in a sign-up', async () => {
    const body = { ...newFan(), roles: ['organiser'] }
    expect(await call('POST', '/api/accounts', { token: service, body })).toMatchObject({ status: 422 })
  })

  it('holds, returns and releases a basket', async () => {
    const { pass: token } = await fanWithPass()
    const body = { basket: [{ type: festival.types[0], quantity: 2 }] }
    const held = await call('PUT', `${room()}/hold`, { token, body })
    expect(held).toMatchObject({ status: 200, body: { ...body, amountMinor: 2000, paying: false } })
    expect((await call('GET', `${room()}/hold`, { token })).body).toEqual(held.body)
    expect((await call('DELETE', `${room()}/hold`, { token })).status).toBe(204)
    expect(await call('GET', `${room()}/hold`, { token })).toMatchObject({
      status: 404,
      body: { code: 'hold-missing' },
    })
  })

  it('returns a payment to its owner only', async () => {
    const fan = await fanWithPass()
    const other = await fanWithPass()
    const body = { basket: [{ type: festival.types[0], quantity: 1 }] }
    const { amountMinor, version } = (await call('PUT', `${room()}/hold`, { token: fan.pass, body })).body
    const paid = await call('POST', `${room()}/payments`, {
      token: fan.pass,
      body: { method: 'card-ok', amountMinor, holdVersion: version },
      headers: { 'idempotency-key': 'one' },
    })
    expect(paid).toMatchObject({ status: 202, body: { state: 'accepted' } })
    // The hold links to it too.
    const held = await call('GET', `${room()}/hold`, { token: fan.pass })
    expect(held.body).toMatchObject({ paying: true, payment: paid.body['id'] })
    const location = paid.headers.get('location') ?? ''
    expect(await call('GET', location, { token: fan.session })).toMatchObject({
      status: 200,
      body: paid.body,
    })
    expect(await call('GET', location, { token: other.session })).toMatchObject({ status: 404 })
  })

  it('requires an Idempotency-Key to pay', async () => {
    const { pass: token } = await fanWithPass()
    const answer = await call('POST', `${room()}/payments`, {
      token,
      body: { method: 'card-ok', amountMinor: 0, holdVersion: '0123456789abcdef' },
    })
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } })
  })

  it.each<[string, unknown]>([
    ['no lines', { basket: [] }],
    ['a quantity of none', { basket: [{ type: 1, quantity: 0 }] }],
    ['half a unit', { basket: [{ type: 1, quantity: 0.5 }] }],
    [
      'a type twice',
      {
        basket: [
          { type: 1, quantity: 1 },
          { type: 1, quantity: 2 },
        ],
      },
    ],
    ['a text for a number', { basket: [{ type: '1', quantity: 1 }] }],
    ['something more', { basket: [{ type: 1, quantity: 1 }], price: 0 }],
    ['a list', []],
    ['nothing', null],
  ])('rejects a basket with %s, and points to the error', async (_, body) => {
    const { pass: token } = await fanWithPass()
    const answer = await call('PUT', `${room()}/hold`, { token, body })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid-input' } })
    expect(answer.body['errors']).toEqual(
      expect.arrayContaining([{ pointer: expect.any(String), detail: expect.any(String) }]),
    )
  })

  it('rejects bodies that are not JSON, malformed, or too large', async () => {
    const { pass: token } = await fanWithPass()
    const path = `${room()}/hold`
    expect(await call('PUT', path, { token, body: '{"basket":' })).toMatchObject({ status: 400 })
    expect(
      await call('PUT', path, { token, body: JSON.stringify({ basket: 'x'.repeat(2000) }) }),
    ).toMatchObject({
      status: 413,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '3' }
    expect(await call('PUT', path, { token, body: 'a=b', headers })).toMatchObject({ status: 415 })
  })

  it('discloses no internal error', async () => {
    const fails = (): never => {
      throw new Error('the secret detail of a select')
    }
    const database = { select: fails } as unknown as Database
    const broken = createOriginApp(deps(database, unread))
    const response = await broken.request('/api/orders', {
      headers: { authorization: `Bearer ${(await fanWithPass()).session}` },
    })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/secret|stack|select/i)
  })

  it('describes itself in OpenAPI 3.1', async () => {
    const { body } = await call('GET', '/api/openapi.json', { token: service })
    expect(body['openapi']).toBe('3.1.0')
    const paths = Object.keys(body['paths'] as object)
    expect(paths).toEqual(
      expect.arrayContaining([
        '/api/accounts',
        '/api/rooms/{room}/hold',
        '/api/rooms/{room}/payments',
        '/api/orders',
      ]),
    )
  })
})
