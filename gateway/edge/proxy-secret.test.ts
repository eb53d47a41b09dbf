import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../../shared/http/listen.ts'
import { useRedis } from '../../shared/testing/redis.ts'
import { createTestGateway, makeGatewayKeys } from '../testing/gateway.ts'
import { createClientNetwork, type ProvenProxy } from './client-ip.ts'
import { PROXY_SECRET_HEADER, readAddressHeader, readProxySecrets } from './proxy-secret.ts'
import { readTrustedProxies } from './trusted-proxies.ts'

const SECRET = 'a-secret-that-the-CDN-and-the-gateway-know'
const NEXT = 'the-secret-that-takes-its-place-in-a-while'

function provenBy(secrets: string, addressHeader: string): ProvenProxy {
  const isSecret = readProxySecrets(secrets)
  if (isSecret === undefined) throw new Error('the secrets cannot be read')
  return { isSecret, addressHeader }
}

function trusted(networks: string) {
  const proxies = readTrustedProxies(networks)
  if (proxies === undefined) throw new Error(`${networks} cannot be read`)
  return proxies
}

const EDGE = '203.0.113.1'
const OURS = '10.0.0.1'

/** The network of a request that arrives at a gateway behind a CDN. */
function networkBehind(addressHeader: string) {
  const find = createClientNetwork(trusted('10.0.0.0/8'), provenBy(SECRET, addressHeader))
  return (headers: IncomingHttpHeaders, remoteAddress = EDGE) => find({ socket: { remoteAddress }, headers })
}

const networkOf = networkBehind('cloudfront-viewer-address')
const viewedBy = (address: string, secret = SECRET) => ({
  [PROXY_SECRET_HEADER]: secret,
  'cloudfront-viewer-address': address,
})

describe('behind a CDN that sends the secret, the network of a client', () => {
  it.each([
    ['an IPv4 address with a port', '198.51.100.7:4711', '198.51.100.7'],
    ['an IPv4 address alone', '198.51.100.7', '198.51.100.7'],
    ['an IPv6 address with a port', '2001:db8:1:2:3:4:5:6:4711', '2001:db8:1:0::/56'],
    [
      'a short IPv6 address with a port that could be part of it',
      '2001:db8:0:ab12::4711',
      '2001:db8:0:ab00::/56',
    ],
    ['a short IPv6 address whose length depends on the port', '2001::a:b:c:d:e:4711', '2001:0:0:0::/56'],
    ['an IPv6 address in brackets with a port', '[2001:db8:1:2::3]:4711', '2001:db8:1:0::/56'],
    ['an IPv6 address in brackets', '[2001:db8:1:2::3]', '2001:db8:1:0::/56'],
    ['a full IPv6 address without a port', '2001:db8:1:2:3:4:5:6', '2001:db8:1:0::/56'],
    ['an IPv4-mapped address with a port', '::ffff:198.51.100.7:4711', '198.51.100.7'],
  ])('is read from %s', (_, address, network) => {
    expect(networkOf(viewedBy(address))).toBe(network)
    expect(networkOf(viewedBy(address), OURS)).toBe(network)
  })

  it.each([
    ['an IPv4 address', '198.51.100.7', '198.51.100.7'],
    ['an IPv4 address with a port', '198.51.100.7:4711', '198.51.100.7'],
    ['an IPv6 address, whose last group is no port', '2001::a:b:c:d:e:4711', '2001:0:a:0::/56'],
    ['an IPv6 address in brackets with a port', '[2001:db8:1:2::3]:4711', '2001:db8:1:0::/56'],
  ])('is read from a header of another name with %s', (_, address, network) => {
    const headers = { [PROXY_SECRET_HEADER]: SECRET, 'true-client-ip': address }
    expect(networkBehind('true-client-ip')(headers)).toBe(network)
  })

  it('is the last address of X-Forwarded-For that is no trusted proxy, where the CDN appends to that', () => {
    const find = networkBehind('x-forwarded-for')
    const forwarded = (hops: string) => ({ [PROXY_SECRET_HEADER]: SECRET, 'x-forwarded-for': hops })
    expect(find(forwarded('192.0.2.9, 198.51.100.7'))).toBe('198.51.100.7')
    expect(find(forwarded('192.0.2.9, 198.51.100.7, 10.0.0.2'))).toBe('198.51.100.7')
  })

  it.each([
    undefined,
    '',
    ' ',
    'unknown',
    '198.51.100.7, 198.51.100.8',
    '198.51.100.300:1',
    ':4711',
    `1${'0'.repeat(99)}`,
  ])('is the one that unknown clients share when the header is %j, and never exempt', (address) => {
    const headers = { [PROXY_SECRET_HEADER]: SECRET, 'cloudfront-viewer-address': address }
    const network = networkOf(headers)
    expect(network).toBe(networkOf(viewedBy('unknown')))
    expect(network).toBeDefined()
    expect(networkOf({ ...headers, 'x-forwarded-for': '198.51.100.7' }, OURS)).toBe(network)
    expect(networkBehind('x-forwarded-for')({ [PROXY_SECRET_HEADER]: SECRET }, OURS)).toBe(network)
  })

  it('is exempt when it is one of the trusted networks, as it is without a CDN', () => {
    expect(networkOf(viewedBy('10.1.2.3:4711'))).toBeUndefined()
  })
})

describe('without the secret, the network of a client', () => {
  it.each([
    ['no secret', {}],
    ['an empty secret', { [PROXY_SECRET_HEADER]: '' }],
    ['a wrong secret of the same length', { [PROXY_SECRET_HEADER]: SECRET.replace('a', 'b') }],
    ['the beginning of the secret', { [PROXY_SECRET_HEADER]: SECRET.slice(0, -1) }],
    ['more than the secret', { [PROXY_SECRET_HEADER]: `${SECRET}x` }],
    ['the secret twice', { [PROXY_SECRET_HEADER]: `${SECRET}, ${SECRET}` }],
    ['the secret in another header', { 'x-proxy': SECRET }],
    ['a very long secret', { [PROXY_SECRET_HEADER]: SECRET.repeat(400) }],
  ])('is its own, and not the one in the header, with %s', (_, headers) => {
    const forged = { ...headers, 'cloudfront-viewer-address': '198.51.100.7:4711' }
    expect(networkOf(forged, '192.0.2.5')).toBe('192.0.2.5')
    // Behind a load balancer of ours it is the one that the balancer appended.
    expect(networkOf({ ...forged, 'x-forwarded-for': '198.51.100.7, 192.0.2.5' }, OURS)).toBe('192.0.2.5')
  })

  it('is its own where no secret is configured', () => {
    const find = createClientNetwork(trusted('10.0.0.0/8'))
    expect(find({ socket: { remoteAddress: '192.0.2.5' }, headers: viewedBy('198.51.100.7:1') })).toBe(
      '192.0.2.5',
    )
  })
})

describe('the secrets', () => {
  it('are each valid while they are rotated', () => {
    const { isSecret } = provenBy(`${SECRET}, ${NEXT}`, 'x-forwarded-for')
    expect([SECRET, NEXT, `${SECRET}, ${NEXT}`].map(isSecret)).toEqual([true, true, false])
    expect(isSecret([SECRET])).toBe(false)
    expect(isSecret(undefined)).toBe(false)
  })

  it.each([
    ['short', 'x'.repeat(31)],
    ['empty', ''],
    ['one short and one long', `${'x'.repeat(32)},x`],
    ['followed by a comma', `${'x'.repeat(32)},`],
    ['written with spaces', 'a secret that the CDN and the gateway know'],
    ['written in Hangul', '비'.repeat(40)],
    ['long', 'x'.repeat(257)],
    ['five', Array(5).fill('x'.repeat(32)).join()],
  ])('are refused when they are %s', (_, secrets) => {
    expect(readProxySecrets(secrets)).toBeUndefined()
  })

  it('are accepted as openssl makes them', () => {
    const made = 'q0l6Zr+5fA/9pX1uG3jT7yWcEoVnBdKsRmLhI2e4Ux8zQtYgPa5NvCkJwFbSHiO='
    expect(readProxySecrets(made)?.(made)).toBe(true)
  })

  it('are not themselves read as an address, and neither are headers of another meaning', () => {
    expect(readAddressHeader('CloudFront-Viewer-Address')).toBe('cloudfront-viewer-address')
    for (const name of ['X-Naru-Proxy', 'Cookie', 'Set-Cookie', 'Host', 'Authorization', 'x y', 'x:', '']) {
      expect(readAddressHeader(name)).toBeUndefined()
    }
  })
})

describe('a gateway behind a CDN', () => {
  const { redis } = useRedis()
  const keys = makeGatewayKeys()
  const received: IncomingHttpHeaders[] = []
  let origin: Server
  let gateway: ReturnType<typeof createTestGateway>
  let server: Listening

  beforeAll(async () => {
    origin = createServer((incoming, response) => {
      received.push(incoming.headers)
      response.writeHead(401, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ title: 'Refused', status: 401, code: 'sign-in-failed' }))
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const limits = { networkMax: 3, pairMax: 3, subjectMax: 1000, windowSeconds: 900 }
    const { port } = origin.address() as AddressInfo
    gateway = createTestGateway(redis(), `http://127.0.0.1:${port}`, keys, {
      trustedProxies: '10.0.0.0/8',
      provenProxy: provenBy(SECRET, 'cloudfront-viewer-address'),
      attempts: { 'sign-in': limits },
    })
    server = await listen(gateway.app, { hostname: '127.0.0.1', port: 0, connectionsMax: 10 })
  })
  afterAll(async () => {
    await Promise.all([server.close(), gateway.origin.close()])
    await new Promise((resolve) => origin.close(resolve))
  })

  type Answer = { status: number; headers: string; body: string }

  const send = (method: string, path: string, headers: Record<string, string | string[]>, body?: object) =>
    new Promise<Answer>((resolve, reject) => {
      const content = body === undefined ? {} : { 'content-type': 'application/json' }
      const options = { host: '127.0.0.1', port: server.port, method, path, agent: false }
      const sent = request({ ...options, headers: { ...headers, ...content } })
      sent.once('error', reject).once('response', (response) => {
        const { statusCode: status = 0, rawHeaders } = response
        text(response).then((body) => resolve({ status, headers: rawHeaders.join('\n'), body }), reject)
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })

  const signIn = async (headers: Record<string, string | string[]>) => {
    const credentials = { email: `${crypto.randomUUID()}@naru.test`, password: 'a wrong password' }
    return (await send('POST', '/api/sessions', headers, credentials)).status
  }
  /** Addresses of networks that no other run uses. */
  const run = crypto.randomUUID().slice(0, 4)
  const address = (n: number) => `2001:db8:${run}:${n.toString(16)}00::1:4711`

  it('limits each of its viewers apart, though all requests come from the CDN', async () => {
    const statuses = async (n: number) => {
      const found: number[] = []
      for (let attempt = 0; attempt < 4; attempt += 1) found.push(await signIn(viewedBy(address(n))))
      return found
    }
    expect(await statuses(1)).toEqual([401, 401, 401, 429])
    expect(await statuses(2)).toEqual([401, 401, 401, 429])
  })

  it('gives a client that forges the header no other limits, whatever it sends as a secret', async () => {
    const attempts = [
      {},
      viewedBy(address(3), ''),
      viewedBy(address(4), 'x'.repeat(SECRET.length)),
      { 'cloudfront-viewer-address': address(5) },
      { ...viewedBy(address(6)), [PROXY_SECRET_HEADER]: [SECRET, SECRET] },
      { [PROXY_SECRET_HEADER]: ['x', SECRET], 'cloudfront-viewer-address': address(7) },
    ]
    const statuses: number[] = []
    for (const headers of attempts) statuses.push(await signIn(headers))
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
  })

  it('shows the secret neither to the origin nor in any response', async () => {
    received.length = 0
    await signIn(viewedBy(address(8)))
    expect(received).toHaveLength(1)
    expect(received[0]).not.toHaveProperty(PROXY_SECRET_HEADER)
    expect(received[0]).not.toHaveProperty('cloudfront-viewer-address')
    const session = keys.signSession({
      ...{ aud: 'naru', sub: 'me', name: 'Fan', roles: [] },
      ...{ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 60 },
    })
    const signedIn = { ...viewedBy(address(8)), cookie: `__Host-naru-session=${session}` }
    const answers = await Promise.all([
      send('GET', '/api/me/orders', signedIn),
      send('GET', '/nowhere', signedIn),
      send('GET', '/api/rooms/none/status', signedIn),
      send('OPTIONS', '/api/sessions', signedIn),
      send('TRACE', '/', signedIn),
      send('POST', '/api/sessions', signedIn, { email: SECRET.slice(1) }),
      send('GET', '/%zz', signedIn),
    ])
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(SECRET)
    for (const headers of received) expect(JSON.stringify(headers)).not.toContain(SECRET)
    expect(received.length).toBeGreaterThan(1)
  })
})
