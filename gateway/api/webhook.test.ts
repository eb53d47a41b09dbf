import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useRedis } from '../../shared/testing/redis.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../testing/gateway.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const PATH = '/api/webhooks/stripe'
const seen: { path: string; headers: IncomingHttpHeaders; digest: string }[] = []
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** Sign-in requests are not answered until this is called. */
let answerSignIns = () => {}
const signInsAnswered = new Promise<void>((resolve) => {
  answerSignIns = resolve
})

const origin: RequestListener = (request, response) => {
  void buffer(request).then(async (body) => {
    seen.push({ path: request.url ?? '', headers: request.headers, digest: digestOf(body) })
    if (request.url === '/api/sessions') await signInsAnswered
    response.end('{"received":"dealt-with"}')
  })
}
let gateway: TestGateway

beforeAll(async () => {
  gateway = await openTestGateway(redis(), origin, keys)
})

afterAll(async () => {
  answerSignIns()
  await gateway.close()
})

function post(path: string, body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) {
  return gateway.app.request(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  })
}

describe('the webhook through the gateway', () => {
  it('reaches the origin byte for byte, with its signature and the gateway’s token', async () => {
    const body = Uint8Array.from(Buffer.from('{\n  "a" : "\\u00e9 é 나루",\r\n\t"b":1.0 }\n\xff', 'latin1'))
    const headers = { 'stripe-signature': 't=1,v1=abc', authorization: 'Bearer x', 'x-principal': 'admin' }
    expect((await post(PATH, body, headers)).status).toBe(200)
    const sent = seen.find(({ path }) => path === PATH)
    expect(sent?.digest).toBe(digestOf(body))
    expect(sent?.headers).toMatchObject({ 'stripe-signature': 't=1,v1=abc' })
    expect(sent?.headers).not.toHaveProperty('x-principal')
    const token = sent?.headers.authorization?.replace('Bearer ', '') ?? ''
    expect(keys.verifyService(token)).toMatchObject({ status: 'valid' })
  })

  it.each(['portone', 'sandbox'])(
    'forwards the three headers of Standard Webhooks to %s',
    async (provider) => {
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': '1790000000',
        'webhook-signature': 'v1,abc=',
      }
      const path = `/api/webhooks/${provider}`
      expect((await post(path, '{}', headers)).status).toBe(200)
      expect(seen.findLast((request) => request.path === path)?.headers).toMatchObject(headers)
      const { 'webhook-signature': _, ...unsigned } = headers
      expect((await post(path, '{}', unsigned)).status).toBe(400)
    },
  )

  it('does not exist for a provider that Naru does not know', async () => {
    const refused = await post('/api/webhooks/paypal', '{}', { 'stripe-signature': 't=1,v1=abc' })
    expect(refused.status).toBe(404)
  })

  it('does not queue behind sign-ins', async () => {
    const signIns = Array.from({ length: 8 }, () => post('/api/sessions', '{}'))
    const sent = await post(PATH, '{}', { 'stripe-signature': 't=1,v1=abc' })
    expect(sent.status).toBe(200)
    answerSignIns()
    expect((await Promise.all(signIns)).map(({ status }) => status)).toContain(503)
  })

  it('is refused by the gateway without a signature', async () => {
    seen.length = 0
    const refused = await post(PATH, '{}')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'signature-invalid' })
    expect(seen).toEqual([])
  })

  it('may be larger than other bodies, up to a separate limit', async () => {
    const signature = { 'stripe-signature': 't=1,v1=abc' }
    expect((await post(PATH, `{"a":"${'x'.repeat(3000)}"}`, signature)).status).toBe(200)
    expect((await post(PATH, `{"a":"${'x'.repeat(5000)}"}`, signature)).status).toBe(413)
    expect((await post('/api/sessions', `{"a":"${'x'.repeat(3000)}"}`)).status).toBe(413)
  })

  it('is the only kind of request whose signature header is forwarded to the origin', async () => {
    seen.length = 0
    await post('/api/accounts', '{}', { 'stripe-signature': 't=1,v1=abc' })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.headers).not.toHaveProperty('stripe-signature')
  })
})
