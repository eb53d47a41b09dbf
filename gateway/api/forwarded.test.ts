import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GATEWAY_ROUTES } from '../../shared/api/gateway-routes.ts'
import { ORIGIN_ROUTES } from '../../shared/api/origin-routes.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { claimedKind } from '../../shared/tokens/verify.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const account = randomUUID()
const session = keys.sessionOf(account)
/** The requests that reached the origin, and the kind of token they carried. */
let received: { request: string; token: string | undefined }[] = []
const origin: RequestListener = (request, response) => {
  const token = (request.headers.authorization ?? '').replace('Bearer ', '')
  received.push({ request: `${request.method} ${request.url}`, token: claimedKind(token) })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"roles":["fan","organiser"]}')
}
let gateway: TestGateway
let room = ''

beforeAll(async () => {
  room = await publishTestRoom(redis())
  gateway = await openTestGateway(redis(), origin, keys)
})

beforeEach(() => {
  received = []
})

afterAll(() => gateway.close())

function pathOf(route: string): string {
  const filled = route.replaceAll(/:(room|festival)/g, room).replace(':provider', 'stripe')
  return `/api${filled.replaceAll(/:\w+/g, () => randomUUID())}`
}

async function ask(method: string, path: string, access: string): Promise<Response> {
  const pass = keys.signPass({ aud: room, sub: account, jti: randomUUID(), ...keys.lifetime })
  const token = access === 'pass' ? pass : session
  const sends = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return await gateway.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'stripe-signature': 't=1,v1=abc',
      ...(sends ? { 'content-type': 'application/json', 'content-length': '2' } : {}),
    },
    ...(sends ? { body: '{}' } : {}),
  })
}

const TOKEN_SENT = {
  ...{ session: 'session', password: 'session', 'own-email': 'session', pass: 'pass' },
  ...{ 'sign-in': 'service', email: 'service', mail: 'service', webhook: 'service' },
}

describe('the contract with the origin', () => {
  const rows = ORIGIN_ROUTES.map(([route, access]) => ({
    ...{ method: route.method.toUpperCase(), path: route.getRoutingPath(), access },
  }))

  it.each(rows)('decides whether $method $path reaches the origin, and under which token', async (row) => {
    const path = pathOf(row.path)
    await ask(row.method, path, row.access)
    const reached = received.find(({ request }) => request === `${row.method} ${path}`)
    expect(reached?.token).toBe(row.access === 'gateway' ? undefined : TOKEN_SENT[row.access])
  })

  it('describes the gateway’s own and forwarded routes, but none that only gateways use', async () => {
    const schema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    const document = schema.parse(await (await gateway.app.request('/api/openapi.json')).json())
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const forwarded = ORIGIN_ROUTES.filter(([, access]) => access !== 'gateway').map(([route]) => route)
    const agreed = [...GATEWAY_ROUTES, ...forwarded].map(({ method, path }) => `${method} /api${path}`)
    expect(described.toSorted()).toEqual(agreed.toSorted())
  })

  it('gives every operation a unique ID', () => {
    const ids = [...GATEWAY_ROUTES, ...ORIGIN_ROUTES.map(([route]) => route)].map(
      (route) => route.operationId,
    )
    expect(ids).not.toContain(undefined)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
