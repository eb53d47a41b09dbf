import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Catalogue } from '../shared/catalogue.ts'
import { type Listening, listen } from '../shared/http/listen.ts'
import { testFestival } from '../shared/testing/catalogue.ts'
import { openRaw, type RawAnswer, rawRequest, sendRaw } from '../shared/testing/raw-connection.ts'
import { publishTestRoom, useRedis } from '../shared/testing/redis.ts'
import { createTestGateway, makeGatewayKeys } from './testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const session = keys.sessionOf('me')
const bearer = { Authorization: `Bearer ${session}` }

const FINE = answerOf('{"ok":true}')
/** The origin's response, byte for byte, and whether it closes the connection after it. */
let answers: { bytes: string; hangUp: boolean }
/** The requests that reached it, as sent. */
let seen: string[]
let origin: Server
const sockets = new Set<Socket>()
let room: string
let gateway: ReturnType<typeof createTestGateway>
let server: Listening

function answerOf(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

beforeAll(async () => {
  origin = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      seen.push(bytes.toString())
      if (answers.hangUp) socket.end(answers.bytes)
      else socket.write(answers.bytes)
    })
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const address = origin.address()
  if (address === null || typeof address === 'string') throw new Error('The origin has no port')
  gateway = createTestGateway(redis(), `http://127.0.0.1:${address.port}`, keys, { originTimeoutMs: 200 })
  room = await publishTestRoom(redis())
  seen = []
  answers = {
    bytes: answerOf(JSON.stringify({ festivals: [testFestival(room)] } satisfies Catalogue)),
    hangUp: false,
  }
  await gateway.festivals.refresh()
  await gateway.snapshots.refresh([room])
  server = await listen(gateway.app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100 })
})

afterAll(async () => {
  await server.close()
  await gateway.origin.close()
  for (const socket of sockets) socket.destroy()
  origin.close()
})

beforeEach(() => {
  seen = []
  answers = { bytes: FINE, hangUp: false }
})

const ask = (method: string, target: string, options: Parameters<typeof rawRequest>[2] = {}) =>
  sendRaw(server.port, rawRequest(method, target, options), method)

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.body)).toMatchObject({ status, code })
  expect(answer.body).not.toMatch(/UND_ERR|undici|ECONN|HPE_|node:|\.ts\b|\n\s+at /)
}

async function expectHonest(): Promise<void> {
  answers = { bytes: FINE, hangUp: false }
  expect(await ask('GET', '/api/orders', { headers: bearer })).toMatchObject({
    status: 200,
    body: '{"ok":true}',
  })
}

describe('a gateway in front of an origin', () => {
  it.each([
    '/api//orders',
    '//elsewhere.test/api/orders',
    '/api/./orders',
    '/api/../api/orders',
    '/api/rooms/../orders',
    '/api/%2e%2e/catalogue',
    '/api%2forders',
    '/api/rooms/a%2fb/hold',
    '/api/rooms/..%2fcatalogue/hold',
    '/api/%6frders',
    '/api/orders%00',
    '/api/orders%0d%0aX-Account:%20admin',
    '/api/orders%5c..',
    '/api\\orders',
    '/api/orders;x=1',
    '/api/%c0%af/orders',
    '/api/orders#x',
    'http://elsewhere.test/api/orders',
    'https://naru.test/api/orders',
  ])('sends nothing on of %s', async (target) => {
    expectProblem(await ask('GET', target, { headers: bearer }), 400, 'ambiguous-path')
    expect(seen).toEqual([])
    await expectHonest()
  })

  it('drops client headers that claim an identity', async () => {
    const claims = {
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Host': 'elsewhere.test',
      'X-Forwarded-Proto': 'gopher',
      'X-Real-IP': '10.0.0.1',
      Forwarded: 'for=10.0.0.1;host=elsewhere.test',
      Via: '1.1 elsewhere.test',
      'X-Original-URL': '/api/catalogue',
      'X-Rewrite-URL': '/api/catalogue',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Account': 'admin',
      'X-User-Id': 'admin',
      'X-Roles': 'organiser',
      'X-Request-Id': 'mine',
      'Proxy-Authorization': 'Basic YTpi',
      Cookie: 'naru-session=x; other=1',
      'Stripe-Signature': 't=1',
      Connection: 'X-Request-Id, Authorization',
    }
    expect((await ask('GET', '/api/orders', { headers: { ...bearer, ...claims } })).status).toBe(200)
    const [head = ''] = seen
    const names = head
      .split('\r\n')
      .slice(1)
      .flatMap((line) => line.split(':')[0]?.toLowerCase() || [])
    expect(names.toSorted()).toEqual(['authorization', 'connection', 'host', 'x-request-id'])
    expect(head).not.toMatch(/elsewhere|admin|10\.0\.0|mine|gopher|catalogue/)
  })

  it.each<[string, Record<string, string>, string]>([
    ['another scheme', { Authorization: 'Basic YTpi' }, 'token-invalid'],
    ['a token without a scheme', { Authorization: session }, 'token-invalid'],
    ['two tokens in one', { Authorization: `Bearer ${session}, Bearer ${session}` }, 'token-invalid'],
    ['a token in a second header', { ...bearer, authorization: 'Bearer x' }, 'token-invalid'],
    ['a token of 10 kB', { Authorization: `Bearer ${'a'.repeat(10_000)}` }, 'token-invalid'],
    ['a cookie without its prefix', { Cookie: `naru-session=${session}` }, 'token-missing'],
    ['a cookie that is no token', { Cookie: '__Host-naru-session=%00%ff.a.b' }, 'token-invalid'],
    ['a cookie that is no cookie', { Cookie: '__Host-naru-session=a"b' }, 'token-missing'],
    ['a cookie of 10 kB', { Cookie: `__Host-naru-session=${'a'.repeat(10_000)}` }, 'token-invalid'],
    ['nothing but a cookie sign', { Cookie: '=;=;;__Host-naru-session' }, 'token-missing'],
    [
      'of two cookies the first',
      { Cookie: `__Host-naru-session=x; __Host-naru-session=${session}` },
      'token-invalid',
    ],
  ])('takes %s for no session', async (_, headers, code) => {
    expectProblem(await ask('GET', '/api/orders', { headers }), 401, code)
    expect(seen).toEqual([])
    await expectHonest()
  })

  it('redirects only to its own paths', async () => {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
    for (const back of [
      'https://elsewhere.test',
      '//elsewhere.test',
      '/\\elsewhere.test',
      '/\t/elsewhere.test',
      'javascript:alert(1)',
      '/x\r\nSet-Cookie: a=1',
      '/x\r\n\r\n<script>',
    ]) {
      const body = new URLSearchParams({ language: 'ko', back }).toString()
      const answer = await ask('POST', '/language', {
        headers: { ...type, 'Content-Length': String(body.length) },
        body,
      })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
      expect(answer.headers.get('set-cookie')).not.toContain('a=1')
      const page = await ask('GET', `/sign-in?next=${encodeURIComponent(back)}`)
      expect(page.status).toBe(200)
      expect(page.body).toContain('name="next" value="/"')
      expect(page.body).not.toMatch(/(href|action)="(?!\/|#)/)
    }
  })

  it.each<[string, () => Promise<RawAnswer>, number]>([
    ['a page', () => ask('GET', '/'), 200],
    ['a page that is missing', () => ask('GET', '/nowhere', { headers: { Accept: 'text/html' } }), 404],
    ['the API', () => ask('GET', `/api/rooms/${room}/status`), 200],
    ['what is forwarded', () => ask('GET', '/api/orders', { headers: bearer }), 200],
    ['a problem', () => ask('GET', '/api/nowhere'), 404],
    ['a problem of the path', () => ask('GET', '/api//orders'), 400],
    ['a redirect', () => ask('GET', '/staff'), 303],
    ['a static file that is missing', () => ask('GET', '/assets/x.css'), 404],
    ['keys', () => ask('GET', '/.well-known/jwks.json'), 200],
    ['HEAD', () => ask('HEAD', '/'), 200],
    [
      'what has not changed',
      async () => {
        const { headers } = await ask('GET', `/api/rooms/${room}/status`)
        return await ask('GET', `/api/rooms/${room}/status`, {
          headers: { 'If-None-Match': headers.get('etag') ?? '' },
        })
      },
      304,
    ],
  ])('tells browsers what not to do with %s', async (_, answered, status) => {
    const { headers, ...answer } = await answered()
    expect(answer.status).toBe(status)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}/)
    for (const name of ['server', 'x-powered-by', 'via']) expect(headers.has(name)).toBe(false)
  })
})

describe('a gateway whose origin breaks', () => {
  const chunkedHead =
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  const long = (bytes: number) =>
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`

  it.each<[string, string, boolean]>([
    ['hangs up at once', '', true],
    ['says nothing', '', false],
    ['says half a header', 'HTTP/1.1 200 OK\r\nContent-', true],
    ['talks another language', 'SSH-2.0-OpenSSH_9.6\r\n', true],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', false],
    ['sends headers and then nothing', long(10), false],
    ['hangs up after the headers', long(10), true],
    ['sends half of what it announced', `${long(10)}{"ok"`, true],
    ['sends headers of a large answer and then nothing', long(1_000_000), false],
    ['begins chunks and sends none', chunkedHead, false],
    ['sends chunks of no size', `${chunkedHead}zz\r\n`, false],
  ])('says that the shop does not answer when it %s, and recovers', async (_, bytes, hangUp) => {
    answers = { bytes, hangUp }
    const answer = await ask('GET', '/api/orders', { headers: bearer })
    expectProblem(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('2')
    await expectHonest()
  })

  const errorOf = (status: string, type: string, body: string) =>
    `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

  // A JSON error of a proxy between the services used to become a 500 on pages, and was forwarded unchanged to
  // programs.
  it.each<[string, string]>([
    ['502 in JSON', errorOf('502 Bad Gateway', 'application/json', '{"message":"no healthy upstream"}')],
    ['500 in JSON of another form', errorOf('500 Internal Server Error', 'application/json', '[null]')],
    ['504 in HTML', errorOf('504 Gateway Time-out', 'text/html', '<html>nginx</html>')],
    ['413 in HTML', errorOf('413 Content Too Large', 'text/html', '<html>nginx</html>')],
    ['403 in JSON', errorOf('403 Forbidden', 'application/json', '{"Message":"Forbidden"}')],
    ['404 without a body', errorOf('404 Not Found', 'text/plain', '')],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n'],
  ])('says that the shop does not answer when a proxy in front of it answers %s', async (_, bytes) => {
    answers = { bytes, hangUp: false }
    const answer = await ask('GET', '/api/orders', { headers: bearer })
    expectProblem(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('2')
    const cookie = { Cookie: `__Host-naru-session=${session}` }
    for (const path of ['/me', '/organiser', '/staff']) {
      const page = await ask('GET', path, { headers: { ...cookie, Accept: 'text/html' } })
      expect([path, page.status, page.headers.get('retry-after')]).toEqual([path, 503, '2'])
    }
    await expectHonest()
  })

  it.each<[string, string, boolean]>([
    ['is not there', '', true],
    ['answers in HTML', errorOf('200 OK', 'text/html', '<html>'), false],
    ['answers 502', errorOf('502 Bad Gateway', 'text/html', '<html>'), false],
  ])('describes the API, and shows no image, when the origin %s', async (_, bytes, hangUp) => {
    answers = { bytes, hangUp }
    expect(await ask('GET', '/api/openapi.json')).toMatchObject({ status: 200 })
    const image = await ask('GET', `/images/${'a'.repeat(64)}-320.webp`)
    expect([503, 404]).toContain(image.status)
  })

  it.each<[string, string, boolean]>([
    ['hangs up', `${long(1_000_000)}${'x'.repeat(70_000)}`, true],
    ['stops', `${long(1_000_000)}${'x'.repeat(70_000)}`, false],
    ['hangs up amid chunks', `${chunkedHead}5\r\n{"a":\r\n`, true],
    ['sends garbage amid chunks', `${chunkedHead}5\r\n{"a":\r\nzz\r\n`, false],
  ])('cuts a long answer off when the origin %s half-way, and recovers', async (_, bytes, hangUp) => {
    answers = { bytes, hangUp }
    const connection = await openRaw(server.port)
    connection.send(rawRequest('GET', '/api/orders', { headers: bearer }))
    const half = await connection.ended()
    // Whatever had been sent by then, perhaps nothing; never a complete response.
    expect(half).toMatch(/^(HTTP\/1\.1 200 |$)/)
    expect(half).not.toMatch(/Error|terminated|socket|\r\n0\r\n/)
    await expect(connection.answer()).rejects.toThrow('ended')
    await expectHonest()
  })

  it('forwards HEAD requests without waiting for a body', async () => {
    answers = { bytes: long(10), hangUp: false }
    expect(await ask('HEAD', '/api/orders', { headers: bearer })).toMatchObject({ status: 200 })
    await expectHonest()
  })
})
