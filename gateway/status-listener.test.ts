import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matchesEtag } from '../shared/http/etag.ts'
import { type Listening, listen } from '../shared/http/listen.ts'
import { createMetrics } from '../shared/metrics.ts'
import { publishTestRoom, useRedis } from '../shared/testing/redis.ts'
import { createPollCounter, createStatusListener } from './status-listener.ts'
import { createTestGateway, makeGatewayKeys } from './testing.ts'

const { redis } = useRedis()
const metrics = createMetrics({ service: 'gateway', withProcess: false })
const onPoll = createPollCounter(metrics)
let room: string
let gateway: ReturnType<typeof createTestGateway>
let direct: Listening
let throughApp: Listening

beforeAll(async () => {
  room = await publishTestRoom(redis())
  gateway = createTestGateway(redis(), 'http://127.0.0.1:9', makeGatewayKeys())
  await gateway.snapshots.refresh([room])
  const { app, snapshots } = gateway
  const options = { hostname: '127.0.0.1', port: 0, connectionsMax: 100 }
  direct = await listen(app, { ...options, first: createStatusListener({ snapshots, onPoll }) })
  throughApp = await listen(app, options)
})

afterAll(async () => {
  await Promise.all([direct.close(), throughApp.close(), gateway.origin.close()])
})

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; body: string }

/** Sends a target as it is; `fetch` would tidy it up. */
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
    ['POST', 404, () => ({ path: statusPath(), headers: {} })],
    ['GET', 404, () => ({ path: '/api/rooms/other/status', headers: {} })],
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

  it('answers with the new bytes once the room has changed', async () => {
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

function seenBy({ status, headers, body }: Answer) {
  const { etag, 'cache-control': caching, 'content-type': type } = headers
  // Every problem document carries the ID of its own request.
  const { requestId: _, ...document } = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
  return { status, etag, caching, type, document }
}

describe('If-None-Match', () => {
  it.each(['"a"', 'W/"a"', '*', '"x", "a"', 'W/"x",W/"a" ,"y"', '"x,y","a"'])('%s names "a"', (header) => {
    expect(matchesEtag(header, '"a"')).toBe(true)
  })

  it.each(['', 'a', '"b"', '"A"', 'W/"b", "c"', '"x,a,y"', '"a', '"*"'])('%s does not', (header) => {
    expect(matchesEtag(header, '"a"')).toBe(false)
  })
})
