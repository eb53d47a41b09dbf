import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../runtime/log.ts'
import { problemHandler } from './problems.ts'
import { requireSameOrigin } from './same-origin.ts'

const app = new Hono()
app.onError(problemHandler(createLogger('test', 'silent'), () => false))
app.use(requireSameOrigin)
app.all('/', (c) => c.text('done'))

const call = async (method: string, headers: Record<string, string>) =>
  (await app.request('/', { method, headers: { host: 'naru.test', ...headers } })).status

describe('a state-changing request', () => {
  it.each([
    ['comes from another site', { 'sec-fetch-site': 'cross-site' }],
    ['comes from a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['comes from another origin of an older browser', { origin: 'https://elsewhere.test' }],
    ['comes from another port', { origin: 'https://naru.test:8443' }],
    ['hides where it comes from', { origin: 'null' }],
    [
      'hides its origin, and names another page',
      { origin: 'null', referer: 'https://elsewhere.test/naru.test' },
    ],
    [
      'comes from another origin by the page of ours',
      { origin: 'https://elsewhere.test', referer: 'https://naru.test/' },
    ],
    ['names no origin, and another page', { referer: 'https://elsewhere.test/' }],
    ['names what is no URL', { origin: 'naru.test' }],
    [
      'claims an origin, but was fetched across sites',
      { 'sec-fetch-site': 'cross-site', origin: 'https://naru.test' },
    ],
    // Row "The CSRF check is skipped for any Authorization scheme, not only Bearer".
    ...['Basic dXNlcjpwYXNz', 'Negotiate YII', 'Digest username="a"', 'Bearer', ''].map(
      (authorization): [string, Record<string, string>] => [
        `comes from another site with credentials that a browser sends by itself: "${authorization}"`,
        { 'sec-fetch-site': 'cross-site', authorization },
      ],
    ),
  ])('is refused when it %s', async (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(await call(method, headers)).toBe(403)
  })

  it.each([
    ['from our own pages', { 'sec-fetch-site': 'same-origin', origin: 'https://naru.test' }],
    ['from our own pages in an older browser', { origin: 'https://naru.test' }],
    [
      'from our own pages in a browser that hides the origin',
      { origin: 'null', referer: 'https://naru.test/sign-in' },
    ],
    ['from our own pages in a browser that names no origin', { referer: 'https://naru.test/sign-in' }],
    ['by the user', { 'sec-fetch-site': 'none' }],
    ['by a program', {}],
    [
      'with a bearer token, which no site can make a browser send',
      { origin: 'https://elsewhere.test', authorization: 'Bearer x' },
    ],
  ])('is taken %s', async (_, headers) => {
    expect(await call('POST', headers)).toBe(200)
  })
})

it('lets any client read, wherever the link was', async () => {
  expect(await call('GET', { 'sec-fetch-site': 'cross-site' })).toBe(200)
})
