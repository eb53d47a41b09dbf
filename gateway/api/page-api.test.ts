import { type Context, Hono } from 'hono'
import { expect, it } from 'vitest'
import { createFestivalRoute, listFestivalsRoute } from '../../shared/api/admin-festivals.ts'
import { cancelOrderRoute } from '../../shared/api/orders.ts'
import { type Api, createPageApi } from './page-api.ts'

/** The requests that reach the API when a page calls it. */
async function requestOf(call: (api: Api, c: Context) => Promise<unknown>): Promise<Request | undefined> {
  let received: Request | undefined
  const api = createPageApi((request) => {
    received = request
    return Response.json({})
  })
  const app = new Hono()
  app.get('/page', async (c) => {
    await call(api, c)
    return c.text('')
  })
  await app.request('http://naru.test/page', { headers: { cookie: 'a=b' } })
  return received
}

it('calls a route by its method and path, with parameters that cannot escape their path segment', async () => {
  const request = await requestOf((api, c) => api(c, cancelOrderRoute, { params: { order: '../a b' } }))
  expect([request?.method, request?.url]).toEqual([
    'POST',
    'http://naru.test/api/orders/..%2Fa%20b/cancellation',
  ])
})

it('sends the query in its order, without undefined values', async () => {
  const request = await requestOf((api, c) =>
    api(c, listFestivalsRoute, { query: { offset: 50, before: undefined, limit: 5 } }),
  )
  expect(request?.url).toBe('http://naru.test/api/admin/festivals?offset=50&limit=5')
})

it('sends the body as JSON, with the visitor’s cookies', async () => {
  const request = await requestOf((api, c) => api(c, createFestivalRoute, { body: { id: 'fest' } }))
  expect(await request?.json()).toEqual({ id: 'fest' })
  expect(request?.headers.get('content-type')).toBe('application/json')
  expect(request?.headers.get('cookie')).toBe('a=b')
})
