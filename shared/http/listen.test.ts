import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { createMetrics } from '../runtime/metrics.ts'
import { createInternalApp } from './internal.ts'
import { listen } from './listen.ts'
import { createReadiness } from './readiness.ts'
import { requestMetrics } from './request-metrics.ts'

const options = { hostname: '127.0.0.1', port: 0, connectionsMax: 100 }

it('finishes a request in flight before it closes, and closes keep-alive connections', async () => {
  let arrived = () => {}
  let answer = () => {}
  const inside = new Promise<void>((resolve) => (arrived = resolve))
  const app = new Hono()
  app.get('/slow', async (c) => {
    arrived()
    await new Promise<void>((resolve) => (answer = resolve))
    return c.text('done')
  })
  const server = await listen(app, options)
  const response = fetch(`http://127.0.0.1:${server.port}/slow`)
  await inside
  const closed = server.close()
  answer()
  expect(await (await response).text()).toBe('done')
  await closed
  await expect(fetch(`http://127.0.0.1:${server.port}/slow`)).rejects.toThrow()
})

it('calls the first listener before the app, and the app when that does not respond', async () => {
  const app = new Hono()
  app.get('*', (c) => c.text('app'))
  const server = await listen(app, {
    ...options,
    first(request, response) {
      if (request.url !== '/first') return false
      response.end('first')
      return true
    },
  })
  const read = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).text()
  expect(await read('/first')).toBe('first')
  expect(await read('/second')).toBe('app')
  await server.close()
})

it('fails immediately when its port is taken', async () => {
  const first = await listen(new Hono(), options)
  await expect(listen(new Hono(), { ...options, port: first.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  await first.close()
})

it('exposes liveness, readiness and metrics by route to operators', async () => {
  const metrics = createMetrics({ service: 'test', withProcess: false })
  const readiness = createReadiness()
  const internal = createInternalApp({
    service: 'test',
    metrics: () => metrics.registry.metrics(),
    readiness,
  })
  const app = new Hono()
  app.use(requestMetrics(metrics))
  app.get('/things/:thing', (c) => c.text('x'))
  await app.request('/things/1')
  await app.request('/things/2')
  const alive = await internal.request('/healthz')
  expect([alive.status, await alive.json()]).toEqual([
    200,
    { status: 'ok', service: 'test', version: 'source' },
  ])
  expect((await internal.request('/readyz')).status).toBe(503)
  readiness.set()
  const ready = await internal.request('/readyz')
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ready', version: 'source', troubles: [] },
  ])
  const text = await (await internal.request('/metrics')).text()
  expect(text).toMatch(/naru_http_request_seconds_count\{[^}]*route="\/things\/:thing"[^}]*\} 2/)
})
