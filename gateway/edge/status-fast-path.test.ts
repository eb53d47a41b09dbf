import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOST_COOKIES } from '../../shared/http/cookies.ts'
import { matchesEtag } from '../../shared/http/etag.ts'
import { type Listening, listen } from '../../shared/http/listen.ts'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { rawRequest, sendRaw } from '../../shared/testing/raw-connection.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { createTestGateway, makeGatewayKeys } from '../testing/gateway.ts'
import { createPollCounter, createStatusListener } from './status-fast-path.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
/** The clock is fixed, so that rate limits do not depend on how fast the test runs. */
const startedAt = Date.now()
const floor = { pollIntervalMs: 1500, now: () => startedAt }
const metrics = createMetrics({ service: 'gateway', withProcess: false })
const onPoll = createPollCounter(metrics)
let room: string
let gateway: ReturnType<typeof createTestGateway>
let direct: Listening
let throughApp: Listening

beforeAll(async () => {
  room = await publishTestRoom(redis())
  gateway = createTestGateway(redis(), 'http://127.0.0.1:9', keys, floor)
  await gateway.snapshots.refresh([room])
  const { app, snapshots, floors } = gateway
  const options = { hostname: '127.0.0.1', port: 0, connectionsMax: 100 }
  direct = await listen(app, {
    ...options,
    first: createStatusListener({ snapshots, floors, cookies: HOST_COOKIES, onPoll }),
  })
  throughApp = await listen(app, options)
})

afterAll(async () => {
  await Promise.all([direct.close(), throughApp.close(), gateway.origin.close()])
})

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; body: string }

/** Sends a target unchanged; `fetch` would normalise it. */
function ask(server: Listening, method: string, path: string, headers: OutgoingHttpHeaders = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, method, path, headers, agent: false })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const { statusCode: status, headers } = response
      text(response).then((body) => resolve({ status, headers, body }), reject)
    })
    sent.end()
  })
}

async function polls(): Promise<number> {
  const metric = await metrics.registry.getSingleMetric('naru_polls_total')?.get()
  return metric?.values[0]?.value ?? 0
}

const statusPath = () => `/api/rooms/${room}/status`
const etag = () => gateway.snapshots.of(room)?.bytes.etag ?? ''

// The fast path used to answer requests without Host, with two, and as HTTP/2.0 (RFC 9112, sections 2.3 and 3.2).
it.each<[string, (path: string) => string]>([
  ['no host', (path) => `GET ${path} HTTP/1.1\r\n\r\n`],
  ['two hosts', (path) => `GET ${path} HTTP/1.1\r\nHost: a.test\r\nhOST: a.test\r\n\r\n`],
  ['a host that is none', (path) => `GET ${path} HTTP/1.1\r\nHost: a b\r\n\r\n`],
  ['an empty host', (path) => `GET ${path} HTTP/1.1\r\nHost:\r\n\r\n`],
  ['HTTP/2.0', (path) => `GET ${path} HTTP/2.0\r\nHost: a.test\r\n\r\n`],
])('the status listener leaves a poll with %s to be refused, also after good ones', async (_, bytes) => {
  expect((await sendRaw(direct.port, rawRequest('GET', statusPath()))).status).toBe(200)
  const before = await polls()
  expect((await sendRaw(direct.port, bytes(statusPath()))).status).toBe(400)
  expect(await polls()).toBe(before)
  expect((await sendRaw(direct.port, rawRequest('GET', statusPath()))).status).toBe(200)
})

it.each(['POST', 'PUT', 'DELETE'])(
  'the status of a room refuses %s, and names the allowed methods',
  async (method) => {
    const type = { 'content-type': 'application/json', 'content-length': '2' }
    const sent = rawRequest(method, statusPath(), { headers: type })
    const answer = await sendRaw(direct.port, `${sent}{}`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  },
)

describe('the status listener', () => {
  it.each([
    ['GET', 200, () => ({ path: statusPath(), headers: {} })],
    ['HEAD', 200, () => ({ path: statusPath(), headers: {} })],
    ['GET', 304, () => ({ path: statusPath(), headers: { 'if-none-match': etag() } })],
    ['HEAD', 304, () => ({ path: statusPath(), headers: { 'if-none-match': etag() } })],
    ['GET', 200, () => ({ path: statusPath(), headers: { 'if-none-match': '"other"' } })],
    ['GET', 200, () => ({ path: `${statusPath()}?x=1`, headers: {} })],
    ['GET', 400, () => ({ path: `/api/rooms/../rooms/${room}/status`, headers: {} })],
    ['GET', 404, () => ({ path: '/api/rooms/a/b/status', headers: {} })],
    ['POST', 405, () => ({ path: statusPath(), headers: {} })],
    // This gateway has not received any festival from its origin.
    ['GET', 503, () => ({ path: '/api/rooms/other/status', headers: {} })],
  ])('answers %s with %i as the app does', async (method, status, make) => {
    const { path, headers } = make()
    const [ours, theirs] = await Promise.all([
      ask(direct, method, path, headers),
      ask(throughApp, method, path, headers),
    ])
    expect(ours.status).toBe(status)
    expect(seenBy(ours)).toEqual(seenBy(theirs))
  })

  it('counts the polls it answered, and no others', async () => {
    const before = await polls()
    await ask(direct, 'GET', statusPath())
    await ask(direct, 'GET', statusPath(), { 'if-none-match': etag() })
    await ask(direct, 'GET', `${statusPath()}?`)
    await ask(direct, 'GET', '/api/rooms/other/status')
    expect(await polls()).toBe(before + 2)
    expect(await polls()).toBe(before + 2)
  })

  it('returns the new bytes once the room has changed', async () => {
    const before = await ask(direct, 'GET', statusPath())
    await redis().append(`room:{${room}}:entries`, Buffer.alloc(16))
    await gateway.snapshots.refresh([room])
    const after = await ask(direct, 'GET', statusPath(), { 'if-none-match': before.headers.etag })
    expect(after.status).toBe(200)
    expect(JSON.parse(after.body)).toMatchObject({ room, entries: 1 })
    expect(after.headers['content-length']).toBe(String(Buffer.byteLength(after.body)))
  })

  it('leaves a poll with a body to the app, which reads it', async () => {
    const answer = await ask(direct, 'GET', statusPath(), { 'content-length': '0' })
    expect(answer.headers['x-request-id']).toBeDefined()
  })
})

describe('the poll limit of a place', () => {
  const seconds = Math.floor(Date.now() / 1000)
  const lifetime = { iat: seconds, exp: seconds + 600 }
  let entries = 0
  /** The same places in every run, so that either all of them or none share a slot. */
  const someone = () => {
    entries += 1
    return keys.signPlace({ aud: 'r', epoch: 1, index: entries, iat: 0, exp: 4_102_444_800 })
  }
  const inCookie = (place: string) => ({ cookie: `a=1; __Host-naru-place-${room}=${place}; b=2` })
  const asBearer = (place: string) => ({ authorization: `Bearer ${place}` })
  const pollOften = async (headers: OutgoingHttpHeaders, servers = [direct], count = 6) => {
    const statuses: (number | undefined)[] = []
    for (let poll = 0; poll < count; poll += 1) {
      const server = servers[poll % servers.length] ?? direct
      statuses.push((await ask(server, 'GET', statusPath(), headers)).status)
    }
    return statuses
  }
  const FIVE = [200, 200, 200, 200, 200]
  const refusals = async () => {
    const metric = await gateway.metrics.registry.getSingleMetric('naru_polls_refused_total')?.get()
    return metric?.values.find(({ labels }) => labels['of'] === 'status')?.value ?? 0
  }

  it('refuses the sixth of six immediate polls, whether the place is in a cookie or a bearer token', async () => {
    const place = someone()
    expect(await pollOften(inCookie(place))).toEqual([...FIVE, 429])
    expect(await pollOften(asBearer(someone()))).toEqual([...FIVE, 429])
    expect((await ask(direct, 'GET', statusPath(), asBearer(place))).status).toBe(429)
  })

  it('counts polls of the listener and the app together, and both return the same refusal with a Retry-After', async () => {
    const headers = inCookie(someone())
    expect(await pollOften(headers, [direct, throughApp])).toEqual([...FIVE, 429])
    const [ours, theirs] = await Promise.all([
      ask(direct, 'GET', statusPath(), headers),
      ask(throughApp, 'GET', statusPath(), headers),
    ])
    expect(seenBy(ours)).toEqual(seenBy(theirs))
    expect(JSON.parse(ours.body)).toMatchObject({ status: 429, code: 'too-many' })
    expect(ours.headers['content-type']).toBe('application/problem+json')
    expect(ours.headers['retry-after']).toBe('2')
    expect(ours.headers['content-length']).toBe(String(Buffer.byteLength(ours.body)))
  })

  it('counts HEAD requests and 304 responses like any other', async () => {
    const headers = inCookie(someone())
    for (let poll = 0; poll < 5; poll += 1) {
      const revalidating = { ...headers, 'if-none-match': etag() }
      expect((await ask(direct, poll % 2 === 0 ? 'HEAD' : 'GET', statusPath(), revalidating)).status).toBe(
        304,
      )
    }
    const refused = await ask(direct, 'HEAD', statusPath(), headers)
    expect(refused).toMatchObject({ status: 429, body: '' })
    expect((await ask(direct, 'GET', statusPath(), { ...headers, 'if-none-match': etag() })).status).toBe(429)
  })

  it('does not apply to other places, nor to requests without a place of this room', async () => {
    await pollOften(inCookie(someone()))
    expect(await pollOften(inCookie(someone()), [direct], 5)).toEqual(FIVE)
    const session = keys.signSession({ aud: 'naru', sub: 'me', name: 'Fan', roles: [], ...lifetime })
    const others = [
      {},
      { cookie: `__Host-naru-place-other=${someone()}; my__Host-naru-place-${room}=${someone()}` },
      { cookie: `__Host-naru-session=${session}` },
      asBearer(session),
      asBearer('garbage'),
      { authorization: 'Basic YTpi' },
    ]
    for (const headers of others) {
      expect(await pollOften(headers, [direct, throughApp], 12)).toEqual(Array(12).fill(200))
    }
  })

  it('counts its refusals, but not as answered polls', async () => {
    const [before, answered] = [await refusals(), await polls()]
    await pollOften(inCookie(someone()), [direct], 8)
    expect(await refusals()).toBe(before + 3)
    expect(await polls()).toBe(answered + 5)
  })

  it('is separate for polling the status, reading the place and claiming', async () => {
    const { app, snapshots } = createTestGateway(redis(), 'http://127.0.0.1:9', keys, floor)
    await snapshots.refresh([room])
    const place = keys.signPlace({ aud: room, epoch: 1, index: 1_000_000, ...lifetime })
    const session = keys.signSession({ aud: 'naru', sub: 'me', name: 'Fan', roles: ['fan'], ...lifetime })
    const path = `/api/rooms/${room}`
    const askStatus = () => app.request(`${path}/status`, { headers: inCookie(place) })
    const askPlace = () => app.request(`${path}/place`, { headers: asBearer(place) })
    const claim = () =>
      app.request(`${path}/claims`, {
        method: 'POST',
        headers: { ...asBearer(session), 'content-type': 'application/json' },
        body: JSON.stringify({ place }),
      })
    for (const [send, status] of [
      [askStatus, 200],
      [askPlace, 200],
      [claim, 409],
    ] as const) {
      for (let time = 0; time < 5; time += 1) expect((await send()).status).toBe(status)
      const refused = await send()
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused.json()).toMatchObject({ code: 'too-many' })
    }
  })
})

function seenBy({ status, headers, body }: Answer) {
  const { etag, 'cache-control': caching, 'content-type': type } = headers
  // Every problem document carries the ID of its own request.
  const { requestId: _, ...document } = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
  return { status, etag, caching, type, document }
}

describe('If-None-Match', () => {
  it.each(['"a"', 'W/"a"', '*', '"x", "a"', 'W/"x",W/"a" ,"y"', '"x,y","a"'])('%s matches "a"', (header) => {
    expect(matchesEtag(header, '"a"')).toBe(true)
  })

  it.each(['', 'a', '"b"', '"A"', 'W/"b", "c"', '"x,a,y"', '"a', '"*"'])(
    '%s does not match "a"',
    (header) => {
      expect(matchesEtag(header, '"a"')).toBe(false)
    },
  )
})
