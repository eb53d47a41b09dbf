import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { HOST_COOKIES } from '../../shared/http/cookies.ts'
import { type Listening, listen } from '../../shared/http/listen.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { useTestPages } from '../testing/pages.ts'
import { createPageListener } from './page-cache.ts'

const { redis } = useRedis()
const { gateway, makeRoom, tick } = useTestPages(redis)
const CACHED_MS = 250
/** Advanced by hand, so that no page expires by itself. */
let now = 0
let room: string
let server: Listening
/** The number of pages served from memory. */
const onPage = vi.fn()

beforeAll(async () => {
  room = await makeRoom({ ratePerSecond: 1, maxActive: 1 })
  const { app, festivals } = gateway()
  const options = {
    cachedMs: CACHED_MS,
    cachedMax: 100,
    now: () => now,
    onPage,
    log: createLogger('test', 'silent'),
  }
  server = await listen(app, {
    ...{ hostname: '127.0.0.1', port: 0, connectionsMax: 100 },
    first: createPageListener({ app, festivals, cookies: HOST_COOKIES, ...options }),
  })
})

afterAll(() => server.close())

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; html: string; isCached: boolean }

/** Sends a target unchanged; `fetch` would normalise it. */
function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  const before = onPage.mock.calls.length
  const sent = { 'accept-encoding': 'gzip', 'accept-language': 'en', ...headers }
  return new Promise((resolve, reject) => {
    const asking = request({
      host: '127.0.0.1',
      port: server.port,
      method,
      path,
      headers: sent,
      agent: false,
    })
    asking.once('error', reject)
    asking.once('response', (response) => {
      const { statusCode: status, headers } = response
      buffer(response).then((body) => {
        const html = headers['content-encoding'] === 'gzip' && body.length > 0 ? gunzipSync(body) : body
        resolve({ status, headers, html: html.toString(), isCached: onPage.mock.calls.length > before })
      }, reject)
    })
    asking.end()
  })
}

/** `vi.waitFor` alone stops after a second, in which a busy host may not respond. */
const PATIENCE = { timeout: 20_000 }

async function askUntilStored(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return await vi.waitFor(async () => {
    const answer = await ask(path, headers)
    expect(answer.isCached).toBe(true)
    return answer
  }, PATIENCE)
}

const festivalPath = () => `/festivals/${room}`
const roomPath = () => `${festivalPath()}/room`

/** Without what differs in every response, and what HTTP adds. */
const NOT_COMPARED = ['date', 'set-cookie', 'x-request-id', 'transfer-encoding', 'content-length']

function seenBy({ status, headers, html }: Answer) {
  const compared = Object.entries(headers).filter(([name]) => !NOT_COMPARED.includes(name))
  return { status, headers: Object.fromEntries(compared), html }
}

describe('a page that is the same for all visitors', () => {
  it.each([
    ['the front page', () => '/'],
    ['a festival', festivalPath],
    ['a waiting room', roomPath],
  ])('is answered from memory as the app answers it: %s', async (_, path) => {
    now += CACHED_MS
    const byApp = await ask(path())
    expect(byApp).toMatchObject({ status: 200, isCached: false })
    const cached = await askUntilStored(path())
    expect(seenBy(cached)).toEqual(seenBy(byApp))
    expect(cached.headers).toMatchObject({
      vary: 'accept-language, cookie, accept-encoding',
      'cache-control': path().endsWith('/room') ? 'no-store' : 'no-cache',
    })
    expect(cached.headers['content-security-policy']).toContain("default-src 'none'")
    expect(cached.headers['x-request-id']).toBeUndefined()
  })

  it.each([
    ['ko-KR,ko;q=0.9,en;q=0.8', undefined, 'ko'],
    ['fr,en;q=0.8,ko;q=0.5', undefined, 'en'],
    ['KO', undefined, 'ko'],
    ['ko;q=0,en', undefined, 'en'],
    ['', undefined, 'en'],
    ['ko', 'en', 'en'],
    ['en', 'ko', 'ko'],
    ['ko', 'xx', 'ko'],
  ])('is in the language that %j and the choice %j ask for: %s', async (acceptLanguage, chosen, language) => {
    const cookie = chosen === undefined ? {} : { cookie: `a=1; naru-language=${chosen}; b=2` }
    const cached = await askUntilStored(festivalPath(), { 'accept-language': acceptLanguage, ...cookie })
    expect(cached.html).toContain(`<html lang="${language}">`)
  })

  it('shows the current state once it is older than a tick', async () => {
    const before = await askUntilStored(festivalPath())
    await redis().append(`room:{${room}}:entries`, Buffer.alloc(16 * 3))
    await tick(room)
    expect(await ask(festivalPath())).toMatchObject({ isCached: true, html: before.html })
    now += CACHED_MS
    const byApp = await ask(festivalPath())
    expect(byApp.isCached).toBe(false)
    expect(byApp.html).not.toBe(before.html)
    expect((await askUntilStored(festivalPath())).html).toBe(byApp.html)
  })

  it('is rendered by one of many requests after it has expired, while the others get the old one', async () => {
    const rendering = Promise.withResolvers<void>()
    let renders = 0
    const { app, festivals } = gateway()
    const slow = {
      async fetch(request: Request): Promise<Response> {
        renders += 1
        if (renders > 1) await rendering.promise
        return await app.fetch(request)
      },
    }
    let at = 0
    const onOwnPage = vi.fn()
    const listener = createPageListener({
      cookies: HOST_COOKIES,
      ...{ app: slow, festivals, cachedMs: CACHED_MS, cachedMax: 10, now: () => at, onPage: onOwnPage },
      log: createLogger('test', 'silent'),
    })
    const own = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100, first: listener })
    onTestFinished(() => own.close())
    const open = () => fetch(`http://127.0.0.1:${own.port}/`).then((response) => response.text())
    await vi.waitFor(async () => {
      await open()
      expect(onOwnPage).toHaveBeenCalled()
    }, PATIENCE)
    at += CACHED_MS
    await open()
    onOwnPage.mockClear()
    await Promise.all(Array.from({ length: 20 }, open))
    expect([onOwnPage.mock.calls.length, renders]).toEqual([20, 2])
    // A render that takes too long is not covered by a page that is too old.
    at += 6000
    onOwnPage.mockClear()
    await open()
    expect(onOwnPage).not.toHaveBeenCalled()
    rendering.resolve()
  })

  it('is the same for a visitor with a session, and gives nothing personal to others', async () => {
    await askUntilStored('/')
    const own = await ask('/', { cookie: '__Host-naru-session=mine' })
    expect(own.isCached).toBe(true)
    expect(own.headers['set-cookie']).toBeUndefined()
  })

  it('is left to the app where it may show what a visitor with a session has bought', async () => {
    await askUntilStored(festivalPath())
    const own = await ask(festivalPath(), { cookie: 'a=1; __Host-naru-session=mine' })
    expect(own).toMatchObject({ status: 200, isCached: false })
    expect((await ask(festivalPath(), { cookie: `__Host-naru-place-${room}=mine` })).isCached).toBe(true)
  })
})

describe('the page of a waiting room', () => {
  const keysIn = ({ headers }: Answer) =>
    (headers['set-cookie'] ?? []).map((line) => line.replace(/=[\w-]{22};/, '=KEY;'))

  it('gives each visitor a separate entry key, until they have one', async () => {
    const byApp = await ask(roomPath(), { cookie: 'a=1' })
    await askUntilStored(roomPath())
    const answers = await Promise.all([ask(roomPath()), ask(roomPath())])
    for (const answer of answers) {
      expect(answer.isCached).toBe(true)
      expect(keysIn(answer)).toEqual([
        `__Host-naru-entry-${room}=KEY; Path=/; HttpOnly; Secure; SameSite=Lax`,
      ])
      expect(keysIn(answer)).toEqual(keysIn(byApp))
    }
    expect(new Set(answers.map(({ headers }) => String(headers['set-cookie']))).size).toBe(2)
    const keyed = await ask(roomPath(), { cookie: `__Host-naru-entry-${room}=${'A'.repeat(22)}` })
    expect(keyed.isCached).toBe(true)
    expect(keyed.headers['set-cookie']).toBeUndefined()
  })

  it.each(['session', `place-${'x'.repeat(5)}`, 'pass-other'])(
    'is not served from memory to a visitor with a %s',
    async (name) => {
      await askUntilStored(roomPath())
      const own = await ask(roomPath(), { cookie: `a=1; __Host-naru-${name}=mine` })
      expect(own).toMatchObject({ status: 200, isCached: false })
    },
  )
})

describe('the app answers', () => {
  it.each([
    ['a search', '/?q=seoul', {}, 'GET', 200],
    ['another method', '/', {}, 'HEAD', 200],
    ['who cannot unpack it', '/', { 'accept-encoding': 'br, gzip;q=0' }, 'GET', 200],
    ['what there is not', '/festivals/none-of-this-name', {}, 'GET', 404],
    ['a path that is written in another way', '/./', {}, 'GET', 400],
    ['a request that names no host', '/', { host: 'a,b' }, 'GET', 400],
    ['a request with a body', '/', { 'content-length': '0', 'transfer-encoding': 'chunked' }, 'GET', 400],
  ])('%s', async (_, path, headers, method, status) => {
    await askUntilStored('/')
    const answers = [await ask(path, headers, method), await ask(path, headers, method)]
    for (const answer of answers) expect(answer).toMatchObject({ status, isCached: false })
  })
})
