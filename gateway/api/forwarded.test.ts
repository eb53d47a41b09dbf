import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GATEWAY_ROUTES } from '../../shared/api/gateway-routes.ts'
import { ORIGIN_ROUTES } from '../../shared/api/origin-routes.ts'
import { publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import { claimedKind } from '../../shared/tokens/verify.ts'
import { createTestGateway, makeGatewayKeys } from '../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const seconds = Math.floor(Date.now() / 1000)
const lifetime = { iat: seconds, exp: seconds + 600 }
const account = randomUUID()
const session = keys.signSession({
  ...{ aud: AUDIENCES.session, sub: account, name: 'A', roles: ['fan'] },
  ...lifetime,
})
/** The requests that reached the origin, and the kind of token they carried. */
let received: { request: string; token: string | undefined }[] = []
const origin = createServer((request, response) => {
  const token = (request.headers.authorization ?? '').replace('Bearer ', '')
  received.push({ request: `${request.method} ${request.url}`, token: claimedKind(token) })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"roles":["fan","organiser"]}')
})
let gateway: ReturnType<typeof createTestGateway>
let room = ''

beforeAll(async () => {
  room = await publishTestRoom(redis())
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  gateway = createTestGateway(redis(), `http://127.0.0.1:${(origin.address() as AddressInfo).port}`, keys)
})

beforeEach(() => {
  received = []
})

afterAll(async () => {
  await gateway.origin.close()
  await new Promise((resolve) => origin.close(resolve))
})

function pathOf(route: string): string {
  const filled = route.replaceAll(/:(room|festival)/g, room).replace(':provider', 'stripe')
  return `/api${filled.replaceAll(/:\w+/g, () => randomUUID())}`
}

async function ask(method: string, path: string, access: string): Promise<Response> {
  const pass = keys.signPass({ aud: room, sub: account, jti: randomUUID(), ...lifetime })
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
