import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
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

it('answers on an idle connection while it drains, and closes that with the response', async () => {
  const app = new Hono().get('/', (c) => c.text('answered'))
  const server = await listen(app, { ...options, drainMs: 3_600_000 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = () =>
    new Promise<{ reused: boolean; connection: string | undefined }>((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port: server.port, agent }, (response) => {
        const { connection } = response.headers
        response.resume().on('end', () => resolve({ reused: request.reusedSocket, connection }))
      }).on('error', reject)
    })
  expect(await ask()).toEqual({ reused: false, connection: 'keep-alive' })
  const closed = server.close()
  expect(await ask()).toEqual({ reused: true, connection: 'close' })
  await closed
})

it('closes connections that stay idle when it has drained', async () => {
  const server = await listen(new Hono(), { ...options, drainMs: 10 })
  const idle = connect(server.port, '127.0.0.1')
  await once(idle, 'connect')
  idle.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
  await once(idle, 'data')
  const ended = once(idle.resume(), 'close')
  await server.close()
  await ended
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
