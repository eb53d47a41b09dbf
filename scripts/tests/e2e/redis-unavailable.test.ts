import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestGateway, makeGatewayKeys } from '../../../gateway/testing/gateway.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { ORIGINS_KEY } from '../../../shared/redis/keys.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { publishTestRoom, useRedis } from '../../../shared/testing/redis.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createProxy, type TcpProxy } from '../../load/chaos/proxy.ts'

/** The gateway reaches Redis through a proxy, which fails; tests read Redis directly. */
const { redis } = useRedis()
const keys = makeGatewayKeys()
const seconds = Math.floor(Date.now() / 1000)
const folder = mkdtempSync(join(tmpdir(), 'naru-away-'))
let proxy: TcpProxy
let own: Redis
let gateway: ReturnType<typeof createTestGateway>

beforeAll(async () => {
  const path = join(folder, 'redis.sock')
  proxy = await createProxy({ listen: { path }, targets: () => [{ path: redisUrl() }] })
  own = createRedis({ url: path, name: 'unavailable', log: createLogger('test', 'silent') })
  await own.connect()
  gateway = createTestGateway(own, 'http://127.0.0.1:9', keys)
})

afterAll(async () => {
  own.disconnect()
  await gateway.origin.close()
  await proxy.close()
  rmSync(folder, { recursive: true })
})

async function call(
  method: string,
  path: string,
  tokens: { bearer?: string; cookie?: string },
  body?: object,
) {
  const response = await gateway.app.request(path, {
    method,
    headers: {
      ...(tokens.bearer === undefined ? {} : { authorization: `Bearer ${tokens.bearer}` }),
      ...(tokens.cookie === undefined ? {} : { cookie: tokens.cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

/** A turn of the gateway's loop, which logs a failure and continues. */
const turn = (room: string) => gateway.snapshots.refresh([room]).catch(() => {})

const answers = () =>
  own.time().then(
    () => true,
    () => false,
  )

async function goUnavailable(): Promise<void> {
  proxy.change({ refuse: true })
  proxy.cutAll()
  await expect.poll(answers).toBe(false)
}

async function comeBack(): Promise<void> {
  proxy.change({ refuse: false })
  await expect.poll(answers).toBe(true)
}

const enter = (room: string) =>
  call('POST', `/api/rooms/${room}/entries`, {}, { key: randomBytes(16).toString('base64url') })

describe('while Redis is unavailable', () => {
  it('keeps places and the last status, calls no fan, and resumes when Redis is back', async () => {
    const room = await publishTestRoom(redis(), { settings: { maxActive: 1, ratePerSecond: 100 } })
    await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
    await turn(room)
    const fans = [await enter(room), await enter(room)].map(({ body }) => String(body['place']))
    const [first = '', second = ''] = fans
    await expect
      .poll(async () => {
        await turn(room)
        return gateway.snapshots.of(room)?.state.serving
      })
      .toBe(0)

    await goUnavailable()
    await turn(room)
    const status = await call('GET', `/api/rooms/${room}/status`, {})
    expect(status).toMatchObject({ status: 200, body: { stale: true, entries: 2, serving: 0 } })
    for (const [index, place] of fans.entries()) {
      expect(await call('GET', `/api/rooms/${room}/place`, { bearer: place })).toMatchObject({
        status: 200,
        body: { index, position: index },
      })
    }
    const session = keys.signSession({
      ...{ aud: AUDIENCES.session, sub: randomUUID(), name: 'Fan', roles: ['fan'] },
      ...{ iat: seconds, exp: seconds + 600 },
    })
    const claim = () => call('POST', `/api/rooms/${room}/claims`, { bearer: session }, { place: first })
    for (const refused of [await enter(room), await claim()]) {
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    expect(await redis().hget(`room:{${room}}:admission`, 'serving')).toBe('0')

    await comeBack()
    await redis().originHeartbeat(ORIGINS_KEY, 'test', 1000)
    await turn(room)
    expect((await call('GET', `/api/rooms/${room}/status`, {})).body).toMatchObject({
      stale: false,
      entries: 2,
    })
    expect((await claim()).status).toBe(201)
    expect((await enter(room)).body).toMatchObject({ index: 2 })
    expect((await call('GET', `/api/rooms/${room}/place`, { bearer: second })).body).toMatchObject({
      index: 1,
    })
  })

  it('still verifies passes, so that admitted fans reach the shop', async () => {
    const room = await publishTestRoom(redis())
    await turn(room)
    await goUnavailable()
    const pass = keys.signPass({
      aud: room,
      sub: randomUUID(),
      jti: randomUUID(),
      iat: seconds,
      exp: seconds + 60,
    })
    // Nothing listens at the origin's address: forwarding to it shows that the pass was valid.
    expect(await call('GET', `/api/rooms/${room}/hold`, { bearer: pass })).toMatchObject({
      status: 503,
      body: { detail: 'The shop does not answer' },
    })
    expect(await call('GET', `/api/rooms/${room}/hold`, { bearer: `${pass}x` })).toMatchObject({
      status: 401,
    })
    await comeBack()
  })
})
