import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalogue } from '../shared/catalogue.ts'
import { ORIGINS_KEY } from '../shared/redis/keys.ts'
import { testFestival } from '../shared/testing/catalogue.ts'
import { publishTestRoom, useRedis } from '../shared/testing/redis.ts'
import { publicJwk } from '../shared/tokens/keys.ts'
import { CACHED_FOR_A_SECOND } from './edge/caching.ts'
import { entryHash } from './room/entry.ts'
import { createTestGateway, makeGatewayKeys, openTestGateway, type TestGateway } from './testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const { lifetime, sessionOf, signPlace, signPass } = keys

/** The requests that reached the origin, which answers each with 200 and a cookie. */
const seen: { method: string; path: string; headers: Record<string, string>; body: string }[] = []

let room: string
let gateway: TestGateway

beforeAll(async () => {
  room = await publishTestRoom(redis(), { types: [{ type: 1, quantity: 1000 }] })
  const standIn = new Hono()
  standIn.get('/api/catalogue', (c) =>
    c.json({ festivals: [testFestival(room, { name: '나루 <Festival>' })] } satisfies Catalogue),
  )
  standIn.get('/api/catalogue/:id', (c) => c.notFound())
  standIn.all('*', async (c) => {
    const url = new URL(c.req.url)
    seen.push({
      method: c.req.method,
      path: url.pathname + url.search,
      headers: c.req.header(),
      body: await c.req.text(),
    })
    c.header('set-cookie', 'a=1')
    c.header('set-cookie', 'b=2', { append: true })
    c.header('x-internal', 'yes')
    return c.json({ ok: true })
  })
  gateway = await openTestGateway(redis(), standIn, keys)
  await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
  await gateway.festivals.refresh()
  await gateway.snapshots.refresh([room])
})

afterAll(() => gateway.close())

async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await gateway.app.request(path, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: response.status, headers: response.headers, body, text }
}

const entryKey = () => randomBytes(16).toString('base64url')
const enter = (key = entryKey()) => call('POST', `/api/rooms/${room}/entries`, { body: { key } })

describe('the gateway', () => {
  it('shows festivals from its own copy', async () => {
    expect((await call('GET', '/api/festivals')).body).toMatchObject({ festivals: [{ id: room }] })
    expect((await call('GET', `/api/festivals/${room}`)).body).toMatchObject({ id: room })
    const entry = entryHash(randomBytes(16)).toString('base64url')
    const ofOthers = ['/status', '/draw', `/challenge?entry=${entry}`].map(
      (part) => `/api/rooms/other${part}`,
    )
    for (const path of ['/api/festivals/other', ...ofOthers]) {
      expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'not-found' } })
    }
  })

  it('renders names on the home page as text, not markup', async () => {
    const page = await call('GET', '/')
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.text).toContain('나루 &lt;Festival&gt;')
  })

  it('answers a poll with stored bytes, and with 304 to a client that has them', async () => {
    const first = await call('GET', `/api/rooms/${room}/status`)
    expect(first).toMatchObject({ status: 200, body: { room, phase: 'open', stale: false } })
    const etag = first.headers.get('etag') ?? ''
    const again = await call('GET', `/api/rooms/${room}/status`, { headers: { 'if-none-match': etag } })
    expect(again).toMatchObject({ status: 304, text: '' })
    expect(first.headers.get('cache-control')).toBe(CACHED_FOR_A_SECOND)
  })

  it('returns a place in the response and in a cookie, and returns it again on request', async () => {
    const entered = await enter()
    expect(entered.status).toBe(201)
    const { place, index } = entered.body
    expect(entered.headers.get('set-cookie')).toContain(`__Host-naru-place-${room}=${String(place)}`)
    const asked = await call('GET', `/api/rooms/${room}/place`, { token: String(place) })
    expect(asked.body).toMatchObject({ index, position: index })
    const byCookie = await call('GET', `/api/rooms/${room}/place`, {
      headers: { cookie: `__Host-naru-place-${room}=${String(place)}` },
    })
    expect(byCookie.body).toMatchObject({ index })
  })

  it('lets a called fan claim with place and session, and refuses a fan who was not called with the position', async () => {
    const { body } = await enter()
    const claim = (place: unknown, account = randomUUID()) =>
      call('POST', `/api/rooms/${room}/claims`, { token: sessionOf(account), body: { place } })
    const early = await claim(body['place'])
    expect(early).toMatchObject({ status: 409, body: { code: 'not-called', position: body['position'] } })
    await expect
      .poll(async () => {
        await gateway.snapshots.refresh([room])
        return gateway.snapshots.of(room)?.state.serving
      })
      .toBeGreaterThanOrEqual(Number(body['position']))
    const account = randomUUID()
    const claimed = await claim(body['place'], account)
    expect(claimed.status).toBe(201)
    const verified = keys.verifiers.pass(String(claimed.body['pass']))
    expect(verified).toMatchObject({ status: 'valid', claims: { aud: room, sub: account } })
    expect((await claim(body['place'], account)).body['pass']).toBeDefined()
    expect(await claim(body['place'])).toMatchObject({ status: 409, body: { code: 'place-used' } })
  })

  it('refuses a claim without a session, with another account’s place, or with tokens swapped', async () => {
    const { place } = (await enter()).body
    const path = `/api/rooms/${room}/claims`
    expect(await call('POST', path, { body: { place } })).toMatchObject({
      status: 401,
      body: { code: 'token-missing' },
    })
    expect(await call('POST', path, { token: String(place), body: { place } })).toMatchObject({ status: 401 })
    const token = sessionOf(randomUUID())
    const foreign = signPlace({ aud: 'other', index: 0, epoch: 1, ...lifetime })
    expect(await call('POST', path, { token, body: { place: foreign } })).toMatchObject({ status: 403 })
    expect(await call('POST', path, { token, body: { place: token } })).toMatchObject({ status: 401 })
    expect(await call('POST', path, { token, body: {} })).toMatchObject({
      status: 404,
      body: { code: 'place-missing' },
    })
  })

  it('lets a fan leave, with a place or with a pass', async () => {
    const { place, position } = (await enter()).body
    const path = `/api/rooms/${room}/place`
    const gone = await call('DELETE', path, { token: String(place) })
    expect(gone.status).toBe(204)
    expect(gone.headers.get('set-cookie')).toContain(`__Host-naru-place-${room}=;`)
    const token = sessionOf(randomUUID())
    await expect
      .poll(async () => {
        await gateway.snapshots.refresh([room])
        return (await call('POST', `/api/rooms/${room}/claims`, { token, body: { place } })).body['code']
      })
      .toBe('place-used')
    expect(typeof position).toBe('number')
    const pass = signPass({ aud: room, sub: 'nobody', jti: 'j', ...lifetime })
    expect((await call('DELETE', `/api/rooms/${room}/pass`, { token: pass })).status).toBe(204)
    expect((await call('DELETE', `/api/rooms/${room}/pass`, { token: String(place) })).status).toBe(401)
  })

  it('publishes a draw, and its secret only after it', async () => {
    const secret = randomBytes(32).toString('hex')
    const settings = { order: 'draw', drawSecret: secret, opensAt: Date.now() + 3_600_000 } as const
    const drawing = await publishTestRoom(redis(), { settings })
    const key = randomBytes(16)
    const refresh = () => gateway.snapshots.refresh([room, drawing])
    await refresh()
    const entered = await call('POST', `/api/rooms/${drawing}/entries`, {
      body: { key: key.toString('base64url') },
    })
    expect(entered.body).toMatchObject({ index: 0, called: false })
    expect(entered.body).not.toHaveProperty('position')
    const before = await call('GET', `/api/rooms/${drawing}/draw`)
    expect(before.body).toMatchObject({ drawn: false, commitment: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(before.text).not.toContain(secret)
    expect(await call('GET', `/api/rooms/${drawing}/draw/entries`)).toMatchObject({ status: 409 })
    await publishTestRoom(redis(), { room: drawing, settings: { ...settings, opensAt: 0, version: 2 } })
    await expect
      .poll(async () => {
        await refresh()
        return (await call('GET', `/api/rooms/${drawing}/draw`)).body
      })
      .toMatchObject({ drawn: true, lobbyEntries: 1, secret, commitment: before.body['commitment'] })
    const log = await gateway.app.request(`/api/rooms/${drawing}/draw/entries`)
    expect(Buffer.from(await log.arrayBuffer())).toEqual(entryHash(key))
    expect((await call('GET', `/api/rooms/${room}/draw`)).status).toBe(404)
    await gateway.snapshots.refresh([room])
  })

  it.each(['', 'short', `${'A'.repeat(22)}A`, `${'A'.repeat(21)}B`, `${'A'.repeat(21)}+`])(
    'refuses the entry key "%s"',
    async (key) => {
      expect(await enter(key)).toMatchObject({ status: 422, body: { code: 'invalid-input' } })
    },
  )

  it('returns 404 for rooms that do not exist', async () => {
    expect(await call('GET', '/api/rooms/other/status')).toMatchObject({ status: 404 })
    expect(await call('POST', '/api/rooms/other/entries', { body: { key: entryKey() } })).toMatchObject({
      status: 404,
    })
  })

  it('publishes the key of its passes', async () => {
    const { keys: published } = (await call('GET', '/.well-known/jwks.json')).body as { keys: object[] }
    expect(published).toEqual([publicJwk(keys.pass.publicKey)])
  })
})

describe('the reverse proxy', () => {
  const lastSeen = () => seen.at(-1)

  it('forwards the token from bearer or cookie, and drops all other client headers that are not on its list', async () => {
    const token = sessionOf('me')
    const headers = {
      cookie: `__Host-naru-session=${token}; other=1`,
      'x-forwarded-for': '1.2.3.4',
      'x-user-id': 'admin',
      'x-request-id': 'mine',
      forwarded: 'for=1.2.3.4',
      'accept-language': 'ko',
    }
    const answer = await call('GET', '/api/orders?x=1', { headers })
    expect(answer).toMatchObject({ status: 200, body: { ok: true } })
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(answer.headers.has('x-internal')).toBe(false)
    const sent = lastSeen()
    expect(sent).toMatchObject({ method: 'GET', path: '/api/orders?x=1' })
    const { authorization, 'x-request-id': requestId, ...rest } = sent?.headers ?? {}
    expect(authorization).toBe(`Bearer ${token}`)
    expect(requestId).toBe(answer.headers.get('x-request-id'))
    expect(requestId).not.toBe('mine')
    expect(Object.keys(rest).toSorted()).toEqual(['accept-language', 'connection', 'host'])
  })

  it('uses the service token for clients who cannot have a token yet', async () => {
    const body = { email: 'a@naru.test', password: 'b' }
    await call('POST', '/api/sessions', { body, token: sessionOf('me') })
    const sent = lastSeen()
    expect(keys.verifyService(sent?.headers['authorization']?.slice(7) ?? '')).toMatchObject({
      status: 'valid',
    })
    expect(JSON.parse(sent?.body ?? '')).toEqual(body)
  })

  it('limits concurrent and queued sign-ins, and returns 503 with Retry-After to the rest', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call('POST', '/api/sessions', { body: { email: 'a@naru.test', password: 'b' } }),
      ),
    )
    const busy = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4)
    expect(busy).toHaveLength(6)
    expect(
      busy.every(({ body, headers }) => body['code'] === 'busy' && headers.get('retry-after') === '1'),
    ).toBe(true)
  })

  it('forwards a pass only for its own room', async () => {
    const pass = signPass({ aud: room, sub: 'a', jti: 'j', ...lifetime })
    expect((await call('GET', `/api/rooms/${room}/hold`, { token: pass })).status).toBe(200)
    const before = seen.length
    expect(await call('GET', '/api/rooms/other/hold', { token: pass })).toMatchObject({ status: 403 })
    expect(await call('GET', `/api/rooms/${room}/hold`)).toMatchObject({ status: 401 })
    expect(await call('GET', `/api/rooms/${room}/hold`, { token: sessionOf('a') })).toMatchObject({
      status: 401,
    })
    expect(seen).toHaveLength(before)
  })

  it.each([
    ['GET', '/api/catalogue', 404],
    ['DELETE', '/api/accounts', 405],
    ['GET', '/api/admin', 404],
    ['GET', '/metrics', 404],
  ])('does not forward %s %s', async (method, path, status) => {
    const before = seen.length
    expect(await call(method, path, { token: sessionOf('me') })).toMatchObject({ status })
    expect(seen).toHaveLength(before)
  })

  it('refuses bodies that are too large or not JSON, before the origin sees them', async () => {
    const before = seen.length
    const body = { email: 'x'.repeat(2000) }
    expect(await call('POST', '/api/sessions', { body })).toMatchObject({ status: 413 })
    const form = { 'content-type': 'text/plain' }
    expect(
      await call('POST', '/api/sessions', { body: {}, headers: { ...form, 'content-length': '2' } }),
    ).toMatchObject({
      status: 415,
    })
    expect(seen).toHaveLength(before)
  })

  it('returns 503 when the shop is unavailable', async () => {
    const alone = createTestGateway(redis(), 'http://127.0.0.1:9', keys)
    await alone.snapshots.refresh([room])
    const headers = { authorization: `Bearer ${sessionOf('me')}` }
    const response = await alone.app.request('/api/orders', { headers })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect((await alone.app.request(`/api/rooms/${room}/status`)).status).toBe(200)
    await alone.origin.close()
  })

  it('returns 503, not 404, for any festival or room before it has read the catalogue', async () => {
    const started = createTestGateway(redis(), 'http://127.0.0.1:9', keys)
    const reads = [
      ...['/', `/festivals/${room}`, `/festivals/${room}/room`, `/festivals/${room}/buy`],
      ...[`/festivals/${room}/draw`, '/api/festivals', `/api/festivals/${room}`],
      ...[`/api/rooms/${room}/status`, `/api/rooms/${room}/draw`, `/api/rooms/${room}/draw/entries`],
    ].map((path) => started.app.request(path))
    const body = JSON.stringify({ key: entryKey() })
    const headers = { 'content-type': 'application/json' }
    const entry = started.app.request(`/api/rooms/${room}/entries`, { method: 'POST', headers, body })
    for (const response of await Promise.all([...reads, entry])) {
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    await started.origin.close()
  })
})
