import { createRoute, z } from '@hono/zod-openapi'
import { requestId } from 'hono/request-id'
import { expect, it } from 'vitest'
import { createOpenApiApp, jsonBody, problemResponses } from '../api/openapi.ts'
import { Problem } from '../api/problem.ts'
import { createLogger } from '../runtime/log.ts'
import { limitBody, requireJson } from './limits.ts'
import { createNotFoundHandler, problemHandler } from './problems.ts'

const app = createOpenApiApp()
app.use(requestId({ generator: () => 'request-1' }))
app.onError(problemHandler(createLogger('test', 'silent'), (error) => error instanceof RangeError))
app.notFound(createNotFoundHandler(() => app.routes))
app.use(limitBody(100))
app.use(requireJson)
app.get('/problem', () => {
  throw new Problem('sold-out', undefined, { retryAfterSeconds: 3, members: { ticketType: 7 } })
})
app.get('/away', () => {
  throw new RangeError('the store is unavailable')
})
app.get('/caused', () => {
  throw new Problem('sold-out', undefined, { cause: new RangeError('the store is unavailable') })
})
app.get('/broken', () => {
  throw new Error('a secret')
})
app.openapi(
  createRoute({
    method: 'post',
    path: '/things',
    request: { body: jsonBody(z.object({ 'a/b': z.array(z.int()) }).strict()) },
    responses: { 204: { description: 'Fine' }, ...problemResponses('invalid-input') },
  }),
  (c) => c.body(null, 204),
)

async function ask(path: string, init: RequestInit = {}) {
  const response = await app.request(path, init)
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown }
}

const post = (body: string, type = 'application/json') =>
  ask('/things', {
    method: 'POST',
    body,
    headers: { 'content-type': type, 'content-length': String(body.length) },
  })

it('responds with the problem that was thrown, in the form of RFC 9457', async () => {
  const { status, headers, body } = await ask('/problem')
  expect(status).toBe(409)
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(headers.get('retry-after')).toBe('3')
  expect(body).toEqual({
    type: '/problems/sold-out',
    title: 'Sold out',
    status: 409,
    code: 'sold-out',
    retryAfterSeconds: 3,
    ticketType: 7,
    requestId: 'request-1',
  })
})

it('reports an unavailable store as a 503 with Retry-After', async () => {
  const { status, headers } = await ask('/away')
  expect([status, headers.get('retry-after')]).toEqual([503, '2'])
})

it('reveals nothing about an unexpected error', async () => {
  const { status, body } = await ask('/broken')
  expect(status).toBe(500)
  expect(JSON.stringify(body)).not.toContain('secret')
})

it('responds with 404 to unknown paths', async () => {
  expect(await ask('/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } })
})

it('points at each validation error of the input', async () => {
  const { status, body } = await post('{"a/b":[1,"x"],"more":1}')
  expect(status).toBe(422)
  expect(body).toMatchObject({ code: 'invalid-input', errors: [{ pointer: '/a~1b/1' }, { pointer: '/' }] })
})

it.each([
  ['{"a/b":', 'application/json', 400, 'bad-request'],
  ['{"a/b":[]}', 'text/plain', 415, 'unsupported-media-type'],
  ['{"a/b":[]}', 'application/json;', 415, 'unsupported-media-type'],
  [`{"a/b":[${'1,'.repeat(100)}1]}`, 'application/json', 413, 'body-too-large'],
  ['', 'application/json', 400, 'bad-request'],
])('refuses the body %s as %s', async (body, type, status, code) => {
  expect(await post(body, type)).toMatchObject({ status, body: { code } })
})

it('refuses a body of unannounced length once it grows too large', async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(60)))
    },
  })
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
  }
  expect(await ask('/things', init)).toMatchObject({ status: 413, body: { code: 'body-too-large' } })
})

// Low: a known path with a wrong method returned 404 without Allow, and OPTIONS 501.
it('refuses a method that a known path does not support, and lists those it does', async () => {
  const { status, headers, body } = await ask('/problem', { method: 'DELETE' })
  expect(status).toBe(405)
  expect(headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  expect(body).toMatchObject({ code: 'method-not-allowed' })
  expect((await ask('/things')).headers.get('allow')).toBe('OPTIONS, POST')
})

it('lists the methods of a path in response to OPTIONS, and returns 404 for an unknown path', async () => {
  const response = await app.request('/things', { method: 'OPTIONS' })
  expect([response.status, response.headers.get('allow')]).toEqual([204, 'OPTIONS, POST'])
  expect(await ask('/nowhere', { method: 'OPTIONS' })).toMatchObject({ status: 404 })
})

it('sends Retry-After with every 503', () => {
  expect(new Problem('unavailable').headers()).toMatchObject({ 'retry-after': '2' })
  expect(new Problem('busy', undefined, { retryAfterSeconds: 7 }).headers()).toMatchObject({
    'retry-after': '7',
  })
})

it('keeps the message of a problem caused by an unavailable store or peer', async () => {
  expect(await ask('/caused')).toMatchObject({ status: 409, body: { code: 'sold-out' } })
})
