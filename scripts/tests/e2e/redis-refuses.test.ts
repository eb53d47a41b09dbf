import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useDatabase } from '../../../drizzle/testing/database.ts'
import { createTestGateway, makeGatewayKeys } from '../../../gateway/testing/gateway.ts'
import { createOriginApp } from '../../../origin/app.ts'
import { emptyCatalogue, makeTestTokens, testOriginDeps } from '../../../origin/testing/app.ts'
import { makeTestFestival, type TestFestival } from '../../../origin/testing/origin.ts'
import { createRedis, type Redis } from '../../../shared/redis/client.ts'
import { createLogger } from '../../../shared/runtime/log.ts'
import { grantTestPasses, useRedis } from '../../../shared/testing/redis.ts'
import { REDIS_REFUSALS } from '../../../shared/testing/redis-refusals.ts'
import { redisUrl } from '../../../shared/testing/stores.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { type RefusingRedis, startRefusingRedis } from './refusing-redis.ts'

const { redis } = useRedis()
const { db } = useDatabase()
const gatewayKeys = makeGatewayKeys()
const tokens = makeTestTokens()
const { lifetime } = tokens
const account = randomUUID()
const person = { aud: AUDIENCES.session, sub: account, name: 'Fan', roles: ['fan' as const], ...lifetime }

let refusing: RefusingRedis
let own: Redis
let gateway: ReturnType<typeof createTestGateway>
let origin: ReturnType<typeof createOriginApp>
let festival: TestFestival
let place: string
let pass: string

beforeAll(async () => {
  refusing = await startRefusingRedis(redisUrl())
  own = createRedis({ url: refusing.url, name: 'refused', log: createLogger('test', 'silent') })
  await own.connect()
  gateway = createTestGateway(own, 'http://127.0.0.1:9', gatewayKeys)
  origin = createOriginApp(testOriginDeps({ db: db(), redis: own, catalogue: emptyCatalogue }, tokens))
  festival = await makeTestFestival({ db: db(), redis: redis() })
  await gateway.snapshots.refresh([festival.id])
  const entered = await enter()
  expect(entered.status).toBe(201)
  place = ((await entered.json()) as { place: string }).place
  const [passId = ''] = await grantTestPasses(redis(), festival.id, [account])
  pass = tokens.signPass({ aud: festival.id, sub: account, jti: passId, ...lifetime })
})

afterAll(async () => {
  own.disconnect()
  await gateway.origin.close()
  await refusing.close()
})

type App = { request(path: string, init: RequestInit): Response | Promise<Response> }

async function ask(app: App, method: string, path: string, bearer?: string, body?: object) {
  return await app.request(path, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': `"${randomUUID()}"` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

const room = () => `/api/rooms/${festival.id}`
const enter = () =>
  ask(gateway.app, 'POST', `${room()}/entries`, undefined, { key: randomBytes(16).toString('base64url') })

/** Requests of fans that cannot be served without Redis. */
function requests(): Record<string, () => Promise<Response>> {
  const session = { gateway: gatewayKeys.signSession(person), origin: tokens.signSession(person) }
  const lines = [{ type: festival.types[0] ?? 0, quantity: 1 }]
  const agreed = { method: 'card-ok', amountMinor: 1000, holdVersion: 'version' }
  return {
    'entering a room': enter,
    'claiming a pass': () => ask(gateway.app, 'POST', `${room()}/claims`, session.gateway, { place }),
    'giving a place up': () => ask(gateway.app, 'DELETE', `${room()}/place`, place),
    'signing in': () =>
      ask(gateway.app, 'POST', '/api/sessions', undefined, { email: 'a@naru.test', password: 'a password' }),
    'taking a hold': () => ask(origin, 'PUT', `${room()}/hold`, pass, { lines }),
    'reading a hold': () => ask(origin, 'GET', `${room()}/hold`, pass),
    'giving a hold back': () => ask(origin, 'DELETE', `${room()}/hold`, pass),
    paying: () => ask(origin, 'POST', `${room()}/payments`, pass, agreed),
  }
}

/**
 * Sends requests once the services are connected, since some refusals end connections: so that the refusal is tested.
 */
async function connected(request: () => Promise<Response>): Promise<Response> {
  await expect.poll(() => own.ping().catch(String), { interval: 10 }).toBe('PONG')
  return await request()
}

it.each(REDIS_REFUSALS)(
  'H9: both services answer 503 with Retry-After when Redis says "%s"',
  async (refusal) => {
    const told: Record<string, unknown> = {}
    refusing.refuse(refusal)
    try {
      for (const [name, request] of Object.entries(requests())) {
        const answer = await connected(request)
        const { code } = (await answer.json()) as { code: string }
        told[name] = [answer.status, code, /^\d+$/.test(answer.headers.get('retry-after') ?? '')]
      }
    } finally {
      refusing.refuse(undefined)
    }
    expect(told).toEqual(
      Object.fromEntries(Object.keys(told).map((name) => [name, [503, 'unavailable', true]])),
    )
  },
)

it('H9: responds with 500 to an error of ours that no store has caused', async () => {
  refusing.refuse('WRONGTYPE Operation against a key holding the wrong kind of value')
  try {
    expect((await connected(() => ask(origin, 'GET', `${room()}/hold`, pass))).status).toBe(500)
  } finally {
    refusing.refuse(undefined)
  }
})
