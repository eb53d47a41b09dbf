import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../runtime/log.ts'
import { openRaw, type RawAnswer, rawRequest, sendRaw } from '../testing/raw-connection.ts'
import { limitBody } from './limits.ts'
import { type HttpLimits, type Listening, listen } from './listen.ts'
import { createNotFoundHandler, problemHandler } from './problems.ts'
import { streamed } from './streamed.ts'

const BODY_BYTES_MAX = 1000

let server: Listening
/** The requests that reached the app: method, path and body. */
let seen: string[] = []

async function start(limits: Partial<HttpLimits> = {}): Promise<void> {
  const app = new Hono()
  app.onError(problemHandler(createLogger('test', 'silent'), () => false))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(limitBody(BODY_BYTES_MAX))
  app.get('/fine', (c) => {
    seen.push(`GET ${c.req.path}`)
    return c.text('fine')
  })
  app.post('/take', async (c) => {
    seen.push(`POST ${c.req.path} ${await c.req.text()}`)
    return c.text('taken')
  })
  app.get('/large', (c) => c.body(streamed(c, noise(Number(c.req.query('megabytes'))))))
  app.get('/broken', (c) => c.body(streamed(c, noise(1, new Error('a secret of the store')))))
  server = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100, limits })
}

/** A body of this many MB whose length is not announced, optionally followed by an error. */
async function* noise(megabytes: number, error?: Error): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < megabytes; i += 1) yield randomBytes(2 ** 20)
  if (error !== undefined) throw error
}

beforeEach(() => {
  seen = []
})

afterEach(async () => {
  await server.close()
})

const FINE = rawRequest('GET', '/fine')
const HOST = 'Host: naru.test\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(JSON.parse(answer.body)).toMatchObject({ status, code })
  expect(answer.body).not.toMatch(/HPE_|llhttp|node:|\.ts\b|\n\s+at /)
  for (const name of ['server', 'x-powered-by']) expect(answer.headers.has(name)).toBe(false)
}

const smuggled = rawRequest('POST', '/take', { body: '"smuggled"' })
const chunked = `Transfer-Encoding: chunked\r\n`

describe('an HTTP listener', () => {
  beforeEach(() => start())

  it.each<[string, string, number, string]>([
    [
      'both a length and chunks',
      `POST /take HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n${smuggled}`,
      400,
      'bad-request',
    ],
    [
      'both chunks and a length',
      `POST /take HTTP/1.1\r\n${HOST}${JSON_TYPE}${chunked}Content-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`,
      400,
      'bad-request',
    ],
    [
      'two lengths',
      `POST /take HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 0\r\nContent-Length: 5\r\n\r\n${smuggled}`,
      400,
      'bad-request',
    ],
    [
      'a list of lengths',
      `POST /take HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\n12345`,
      400,
      'bad-request',
    ],
    [
      'a length below nothing',
      `POST /take HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'a length in other digits',
      `POST /take HTTP/1.1\r\n${HOST}Content-Length: 0x5\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'a length beyond numbers',
      `POST /take HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999999\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'a coding that only looks like chunked',
      `POST /take HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${smuggled}`,
      501,
      'not-implemented',
    ],
    [
      'a coding under the chunks',
      `POST /take HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      501,
      'not-implemented',
    ],
    [
      'chunks of a size that is none',
      `POST /take HTTP/1.1\r\n${HOST}${chunked}\r\nzz\r\n{}\r\n0\r\n\r\n`,
      400,
      'bad-request',
    ],
    ['a folded header', `GET /fine HTTP/1.1\r\n${HOST}X-A: a\r\n b\r\n\r\n`, 400, 'bad-request'],
    ['a space before the colon', `GET /fine HTTP/1.1\r\n${HOST}X-A : a\r\n\r\n`, 400, 'bad-request'],
    ['a header without a name', `GET /fine HTTP/1.1\r\n${HOST}: a\r\n\r\n`, 400, 'bad-request'],
    ['a NUL in a header', `GET /fine HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`, 400, 'bad-request'],
    ['a bare line feed', `GET /fine HTTP/1.1\n${HOST}\r\n`, 400, 'bad-request'],
    ['a bare carriage return', `GET /fine HTTP/1.1\r\n${HOST}X-A: a\rX-B: b\r\n\r\n`, 400, 'bad-request'],
    [
      'a header of 20 kB',
      `GET /fine HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'a target of 20 kB',
      `GET /fine?${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`,
      431,
      'headers-too-large',
    ],
    ['no host', 'GET /fine HTTP/1.1\r\n\r\n', 400, 'bad-request'],
    ['two hosts', `GET /fine HTTP/1.1\r\n${HOST}Host: elsewhere.test\r\n\r\n`, 400, 'bad-request'],
    ['an empty host', 'GET /fine HTTP/1.1\r\nHost:\r\n\r\n', 400, 'bad-request'],
    ['a host with a path', 'GET /x HTTP/1.1\r\nHost: a/fine?\r\n\r\n', 400, 'bad-request'],
    ['a host with a user', 'GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n', 400, 'bad-request'],
    ['a host that is markup', 'GET /x HTTP/1.1\r\nHost: <b>\r\n\r\n', 400, 'bad-request'],
    ['a whole URL', `GET http://elsewhere.test/fine HTTP/1.1\r\n${HOST}\r\n`, 400, 'ambiguous-path'],
    ['a backslash in the path', `GET /fine\\..\\x HTTP/1.1\r\n${HOST}\r\n`, 400, 'ambiguous-path'],
    ['another version', `GET /fine HTTP/2.0\r\n${HOST}\r\n`, 400, 'bad-request'],
    ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad-request'],
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad-request'],
    ['TRACE', `TRACE /fine HTTP/1.1\r\n${HOST}\r\n`, 501, 'not-implemented'],
    ['OPTIONS of no path', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400, 'ambiguous-path'],
    ['PROPFIND', `PROPFIND /fine HTTP/1.1\r\n${HOST}\r\n`, 501, 'not-implemented'],
    ['CONNECT', `CONNECT elsewhere.test:443 HTTP/1.1\r\n${HOST}\r\n`, 501, 'not-implemented'],
    ['a method of its own', `STEAL /fine HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'],
    ['a method in small letters', `get /fine HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'],
    ['GET with a body', `GET /fine HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\n{}`, 400, 'bad-request'],
    ['GET with chunks', `GET /fine HTTP/1.1\r\n${HOST}${chunked}\r\n0\r\n\r\n`, 400, 'bad-request'],
    [
      'a compressed body',
      `POST /take HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
      415,
      'unsupported-media-type',
    ],
  ])(
    'refuses %s as a problem, ends the connection, and reads nothing behind it',
    async (_, bytes, status, code) => {
      const connection = await openRaw(server.port)
      connection.send(Buffer.from(bytes + FINE, 'latin1'))
      const answer = await connection.answer()
      expectProblem(answer, status, code)
      expect(answer.headers.get('connection')).toBe('close')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(await connection.ended()).toBe('')
      expect(seen).toEqual([])
      expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200, body: 'fine' })
    },
  )

  it('lists the allowed methods in its response to any other', async () => {
    const answer = await sendRaw(server.port, rawRequest('PROPFIND', '/fine'))
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE')
  })

  it('refuses more headers than any client needs', async () => {
    const headers = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-${i}`, 'a']))
    expectProblem(
      await sendRaw(server.port, rawRequest('GET', '/fine', { headers })),
      431,
      'headers-too-large',
    )
    expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200 })
  })

  it('responds to pipelined requests one by one and in order', async () => {
    const connection = await openRaw(server.port)
    const nowhere = rawRequest('GET', '/nowhere')
    connection.send(FINE + nowhere + rawRequest('POST', '/take', { body: '"a"' }) + FINE)
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'fine' })
    expectProblem(await connection.answer(), 404, 'not-found')
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'taken' })
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'fine' })
    connection.close()
  })

  it('takes no header from the trailers of a body', async () => {
    const bytes = `POST /take HTTP/1.1\r\n${HOST}${JSON_TYPE}${chunked}Trailer: Host\r\n\r\n2\r\n{}\r\n0\r\nHost: elsewhere.test\r\n\r\n`
    expect(await sendRaw(server.port, bytes)).toMatchObject({ status: 200 })
    expect(seen).toEqual(['POST /take {}'])
  })

  it('sends 100 Continue when asked to, and refuses any other expectation', async () => {
    const connection = await openRaw(server.port)
    connection.send(
      rawRequest('POST', '/take', { headers: { 'Content-Length': '2', Expect: '100-continue' } }),
    )
    connection.send('{}')
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'taken' })
    connection.send(rawRequest('POST', '/take', { body: '{}', headers: { Expect: 'magic' } }))
    expect(await connection.answer()).toMatchObject({ status: 417 })
    connection.close()
  })

  it('stays with HTTP/1.1 when a client requests an upgrade', async () => {
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }
    expect(await sendRaw(server.port, rawRequest('GET', '/fine', { headers }))).toMatchObject({ status: 200 })
  })

  it.each([
    ['its length says so', rawRequest('POST', '/take', { headers: { 'Content-Length': '1001' } })],
    [
      'its chunks do not end',
      `POST /take HTTP/1.1\r\n${HOST}${chunked}\r\n${`100\r\n${'x'.repeat(256)}\r\n`.repeat(8)}`,
    ],
  ])('refuses a body that is too large as soon as %s', async (_, bytes) => {
    expectProblem(await sendRaw(server.port, bytes), 413, 'body-too-large')
    expect(seen).toEqual([])
    expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200 })
  })

  it('cuts the connection when a source fails half-way, so that no client takes part of a response for all of it', async () => {
    const connection = await openRaw(server.port)
    connection.send(rawRequest('GET', '/broken'))
    const half = await connection.ended()
    expect(half).toContain('200 OK')
    expect(half).not.toContain('secret')
    await expect(connection.answer()).rejects.toThrow('ended')
    expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200 })
  })
})

describe('an HTTP listener with a slow client', () => {
  const times = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkMs: 20 }

  it('limits the time for headers, however slowly they arrive', async () => {
    await start(times)
    const connection = await openRaw(server.port)
    connection.send('GET /fine HTTP/1.1\r\n')
    const dribble = setInterval(() => connection.send('X-A: a\r\n'), 20)
    expectProblem(await connection.answer(), 408, 'request-timeout')
    await connection.ended()
    clearInterval(dribble)
    expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200 })
  })

  it('limits the time for a body, however slowly it arrives', async () => {
    await start(times)
    const connection = await openRaw(server.port)
    connection.send(rawRequest('POST', '/take', { headers: { 'Content-Length': '900' } }))
    const dribble = setInterval(() => connection.send('x'), 20)
    expectProblem(await connection.answer(), 408, 'request-timeout')
    await connection.ended()
    clearInterval(dribble)
    expect(seen).toEqual([])
    expect(await sendRaw(server.port, FINE)).toMatchObject({ status: 200 })
  })

  it('sends nothing to a client that sends nothing', async () => {
    await start({ ...times, keepAliveTimeoutMs: 50 })
    const connection = await openRaw(server.port)
    connection.send(FINE)
    await connection.answer()
    expect(await connection.ended()).toBe('')
  })

  it('closes the connection of a client that does not read', async () => {
    await start({ checkMs: 20, answerGraceMs: 100, answerBytesPerSecondMin: 2 ** 30 })
    const connection = await openRaw(server.port)
    connection.socket.pause()
    connection.send(rawRequest('GET', '/large?megabytes=64'))
    const closed = once(connection.socket, 'close')
    await server.close()
    connection.socket.resume()
    await closed
    await start()
  })

  it('lets a client that reads steadily finish, even after the grace period', async () => {
    await start({ checkMs: 5, answerGraceMs: 30, answerBytesPerSecondMin: 1024 })
    const connection = await openRaw(server.port)
    connection.send(rawRequest('GET', '/large?megabytes=8'))
    connection.socket.on('data', () => {
      connection.socket.pause()
      setTimeout(() => connection.socket.resume(), 1)
    })
    const { status, body } = await connection.answer()
    expect(status).toBe(200)
    expect(body.length).toBeGreaterThan(2 ** 20)
    connection.close()
  })
})
