import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROOM_LIMITS } from '../../shared/api/limits.ts'
import { ORIGIN_ROUTES } from '../../shared/api/origin-routes.ts'
import { HOST_COOKIES } from '../../shared/http/cookies.ts'
import { type Listening, listen } from '../../shared/http/listen.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { JITTER_SHARE } from '../room/status.ts'
import { useTestPages } from '../testing/pages.ts'
import { createSharedCache } from '../testing/shared-cache.ts'
import { CACHED_FOR_A_SECOND, forBearerAlone, isKeptFromShared } from './caching.ts'
import { createStatusListener } from './status-fast-path.ts'

const { redis } = useRedis()
const { gateway, answers, makeRoom, tick, sessionOf } = useTestPages(redis)
let room: string

beforeAll(async () => {
  room = await makeRoom({ ratePerSecond: 1, maxActive: 1 })
})

/** The GET routes of the app, with real names in place of their parameters. */
function paths(): string[] {
  const named = (path: string) =>
    path
      .replace(/:(?:room|festival|id)\b/g, room)
      .replace(/:name\b/, 'main.css')
      .replace(/:[A-Za-z]+/g, '1')
  const routes = gateway().app.routes.filter(({ method }) => method === 'GET')
  return [...new Set(routes.map(({ path }) => named(path)))].filter((path) => !path.includes('*'))
}

/** Has the origin return something that only the account may see, with a cookie and as little care as possible. */
function answerOf(path: string, cacheControl: string | undefined): void {
  answers.set(`GET ${path}`, {
    body: { email: 'fan@naru.test' },
    cookie: 'naru-secret=1; Path=/',
    ...(cacheControl === undefined ? {} : { cacheControl }),
  })
}

const signedIn = (account: string) => ({
  cookie: `__Host-naru-session=${sessionOf(account)}; __Host-naru-place-${room}=x`,
})

function ask(path: string, headers: Record<string, string>): Promise<Response> {
  const request = new Request(new URL(path, 'http://localhost'), {
    headers: { accept: 'text/html', ...headers },
  })
  return Promise.resolve(gateway().app.fetch(request))
}

describe('the responses of all routes', () => {
  it('say how they are cached, and those that set a cookie are kept out of shared caches', async () => {
    const found: string[] = []
    for (const path of paths()) {
      for (const headers of [{}, signedIn('olla')]) {
        answerOf(path, undefined)
        const { headers: sent, status } = await ask(path, headers)
        const control = sent.get('cache-control')
        if (control === null) found.push(`${status} ${path} says nothing`)
        if (sent.has('set-cookie') && !isKeptFromShared(control))
          found.push(`${status} ${path} sets a cookie`)
      }
    }
    expect(found).toEqual([])
    expect(paths().length).toBeGreaterThan(60)
  })

  it('are the same for all visitors where a shared cache may store them, whatever their cookies', async () => {
    const shared: string[] = []
    for (const path of paths()) {
      const [own, others] = await Promise.all([ask(path, signedIn('olla')), ask(path, signedIn('bora'))])
      const none = await ask(path, {})
      const controls = [own, others, none].map(({ headers }) => headers.get('cache-control') ?? '')
      if (controls.every((control) => isKeptFromShared(control))) continue
      // Pages that vary by cookie and language may be stored only as they are for a visitor without cookies.
      if (none.headers.get('vary')?.includes('cookie') === true) {
        expect([path, ...controls.map(isKeptFromShared)]).toEqual([path, true, true, false])
        expect(controls[2]).toBe('no-cache')
        continue
      }
      shared.push(path)
      const bodies = await Promise.all([own, others, none].map((response) => response.text()))
      expect([path, new Set(bodies).size]).toEqual([path, 1])
    }
    expect(shared).toEqual(
      expect.arrayContaining([`/api/rooms/${room}/status`, '/api/festivals', '/.well-known/jwks.json']),
    )
  })

  it.each([undefined, 'public, max-age=60', 's-maxage=60', 'no-cache', 'max-age=60'])(
    'never come from a shared cache when the origin answers to a token, even if it says %j',
    async (cacheControl) => {
      const forwarded = ORIGIN_ROUTES.filter(
        ([route, access]) => route.method === 'get' && access === 'session',
      )
      expect(forwarded.length).toBeGreaterThan(10)
      for (const [route] of forwarded) {
        const path = `/api${route.getRoutingPath()}`
          .replace(/:room\b|:festival\b/g, room)
          .replace(/:[A-Za-z]+/g, '1')
        answerOf(path, cacheControl)
        const { headers } = await ask(path, signedIn('olla'))
        expect([path, isKeptFromShared(headers.get('cache-control'))]).toEqual([path, true])
      }
    },
  )

  it('keep the lifetime in a browser that the origin gives what is private', () => {
    expect(forBearerAlone('private, max-age=300')).toBe('private, max-age=300')
    expect(forBearerAlone('no-store')).toBe('no-store')
    expect(forBearerAlone(undefined)).toBe('no-store')
  })
})

describe('the status behind a CDN', () => {
  const STARTED_AT = 1_800_000_000_000
  let now = STARTED_AT
  let server: Listening
  let polls = 0
  let isDown = false
  let cached: (request: Request) => Promise<Response>

  beforeAll(async () => {
    const { app, snapshots, floors } = gateway()
    const onPoll = () => {
      polls += 1
    }
    const first = createStatusListener({ snapshots, floors, cookies: HOST_COOKIES, onPoll })
    server = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 1000, first })
  })
  beforeEach(() => {
    cached = createSharedCache(
      async (request) => (isDown ? new Response('', { status: 502 }) : fetch(request)),
      () => now,
    )
  })
  afterAll(() => server.close())

  const poll = (fan: number) =>
    cached(
      new Request(`http://127.0.0.1:${server.port}/api/rooms/${room}/status`, {
        headers: { cookie: `__Host-naru-place-${room}=fan-${fan}` },
      }),
    )
  const statusOf = async (fan: number) => (await (await poll(fan)).json()) as { entries: number }

  it('asks the gateway once a second for each room, however many fans poll', async () => {
    const SECONDS = 20
    polls = 0
    for (let tenth = 0; tenth < SECONDS * 10; tenth += 1) {
      const crowd = Array.from({ length: 50 }, (_, fan) => poll(fan))
      for (const response of await Promise.all(crowd)) expect(response.status).toBe(200)
      now += 100
    }
    expect(polls).toBeGreaterThanOrEqual(SECONDS / 2)
    expect(polls).toBeLessThanOrEqual(SECONDS + 1)
  })

  it('is at most two seconds old', async () => {
    const before = await statusOf(1)
    await redis().append(`room:{${room}}:entries`, Buffer.alloc(16))
    await tick(room)
    expect(await statusOf(1)).toEqual(before)
    now += 2000
    expect((await statusOf(1)).entries).toBe(before.entries + 1)
  })

  it('is shown from the cache for a few seconds while the gateway fails, and then no more', async () => {
    await statusOf(1)
    isDown = true
    now += 3000
    expect((await poll(1)).status).toBe(200)
    now += 4000
    expect((await poll(1)).status).toBe(502)
    isDown = false
    expect((await poll(1)).status).toBe(200)
  })

  it('cannot be so old that a fan who polls in time misses the turn', () => {
    const seconds = (name: string) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(CACHED_FOR_A_SECOND)?.[1])
    const stale = Math.max(seconds('stale-while-revalidate'), seconds('stale-if-error'))
    const nearPollSeconds = 2 * (1 + JITTER_SHARE)
    expect(seconds('s-maxage') + stale + nearPollSeconds).toBeLessThan(ROOM_LIMITS.graceSeconds.min)
  })
})
