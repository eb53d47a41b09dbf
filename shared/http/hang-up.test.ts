import { once } from 'node:events'
import { Writable } from 'node:stream'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Problem } from '../api/problem.ts'
import { openRaw, rawRequest } from '../testing/raw-connection.ts'
import { limitBody } from './limits.ts'
import { type Listening, listen } from './listen.ts'
import { createNotFoundHandler, problemHandler } from './problems.ts'

type Line = { level: number; msg: string; err?: unknown }

const WARN = 40
let lines: Line[]
/** The statuses of all responses, whether or not a client read them. */
let statuses: number[]
let server: Listening

beforeAll(async () => {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(JSON.parse(chunk.toString()) as Line)
      done()
    },
  })
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    statuses.push(c.res.status)
  })
  app.onError(problemHandler(pino({ level: 'debug' }, stream), () => false))
  app.notFound(createNotFoundHandler(() => app.routes))
  app.use(limitBody(1_000_000))
  app.post('/text', async (c) => c.text(await c.req.text()))
  app.post('/form', async (c) => c.json(await c.req.parseBody()))
  app.get('/wait', async (c) => {
    await once(c.req.raw.signal, 'abort')
    throw new Problem('unavailable', 'The caller has left')
  })
  app.get('/broken', async (c) => {
    await once(c.req.raw.signal, 'abort')
    throw new Error('a fault of ours')
  })
  server = await listen(app, { hostname: '127.0.0.1', port: 0, connectionsMax: 100 })
})

afterAll(() => server.close())

beforeEach(() => {
  lines = []
  statuses = []
})

async function hangUpAfter(bytes: string): Promise<void> {
  const connection = await openRaw(server.port)
  connection.send(bytes)
  await new Promise((resolve) => connection.socket.write('', resolve))
  connection.socket.resetAndDestroy()
  await expect.poll(() => statuses.length).toBe(1)
}

const half = (path: string, headers: Record<string, string>) => `${rawRequest('POST', path, { headers })}half`

// M3: 1,199 of 1,200 half requests were logged as internal errors, each with a stack.
it.each<[string, string]>([
  ['a text', half('/text', { 'Content-Length': '1000', 'Content-Type': 'text/plain' })],
  [
    'a text of unknown length',
    `${rawRequest('POST', '/text', { headers: { 'Transfer-Encoding': 'chunked' } })}4\r\nhalf\r\n`,
  ],
  ['a form', half('/form', { 'Content-Length': '1000', 'Content-Type': 'multipart/form-data; boundary=a' })],
])('M3: does not log a client that hangs up in the middle of %s as an error', async (_, bytes) => {
  await hangUpAfter(bytes)
  expect(statuses).toEqual([400])
  expect(lines.map(({ msg }) => msg)).toEqual(['a client left before its request was complete'])
  expect(lines.filter(({ level, err }) => level >= WARN || err !== undefined)).toEqual([])
})

it('M3: does not warn about a client that disconnects before its response', async () => {
  await hangUpAfter(rawRequest('GET', '/wait'))
  expect(lines.filter(({ level }) => level >= WARN)).toEqual([])
})

it('M3: logs an internal error also when the client has disconnected', async () => {
  await hangUpAfter(rawRequest('GET', '/broken'))
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([[50, 'a request failed']])
})
