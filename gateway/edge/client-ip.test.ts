import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, type Listening, listen } from '../../shared/http/listen.ts'
import { createClientNetwork } from './client-ip.ts'
import { readTrustedProxies } from './trusted-proxies.ts'

function trusted(networks: string) {
  const proxies = readTrustedProxies(networks)
  if (proxies === undefined) throw new Error(`${networks} cannot be read`)
  return proxies
}

const clientNetwork = createClientNetwork(trusted('127.0.0.0/8, 10.0.0.0/8, ::1, 2001:db8:ffff::/48'))
const networkOf = (remoteAddress: string | undefined, forwardedFor?: string) =>
  clientNetwork({
    socket: { remoteAddress },
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
  })

describe('the network of a client', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['::ffff:c633:6407', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:0::/56'],
    ['2001:DB8:0001:0002::9', '2001:db8:1:0::/56'],
    ['2001:db8:1:a2bc::9', '2001:db8:1:a200::/56'],
    ['2001:db8::9', '2001:db8:0:0::/56'],
    ['2001::1:2:3:4:5', '2001:0:0:0::/56'],
    ['1:2::3:4:5:6:7', '1:2:0:0::/56'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
  ])('of a connection from %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('is the same within an IPv6 subscriber, and different for the next', () => {
    expect(networkOf('2001:db8:1:2::1')).toBe(networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff'))
    // M1: ten /64s of one subscriber counted as ten networks.
    expect(networkOf('2001:db8:1:2::1')).toBe(networkOf('2001:db8:1:3::1'))
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:102::1'))
    expect(networkOf('198.51.100.7')).not.toBe(networkOf('198.51.100.8'))
  })

  it.each([
    ['one proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['a chain of them', '10.0.0.1', '198.51.100.7, 10.0.0.3,10.0.0.2', '198.51.100.7'],
    ['a proxy on IPv6', '2001:db8:ffff::1', '2001:db8:1:2::3', '2001:db8:1:0::/56'],
    ['a proxy on an IPv4-mapped address', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['one that writes ports', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['one that writes ports of IPv6', '10.0.0.1', '[2001:db8:1:2::3]:4711', '2001:db8:1:0::/56'],
  ])('is found behind %s', (_, peer, forwardedFor, network) => {
    expect(networkOf(peer, forwardedFor)).toBe(network)
  })

  it('is not read from the X-Forwarded-For of a client that is no trusted proxy', () => {
    expect(networkOf('198.51.100.7', '203.0.113.9')).toBe('198.51.100.7')
    expect(networkOf('198.51.100.7', '10.0.0.1')).toBe('198.51.100.7')
    expect(networkOf('10.0.0.1', '203.0.113.9, 198.51.100.7')).toBe('198.51.100.7')
    expect(networkOf('10.0.0.1', '203.0.113.9, 10.9.9.9, 198.51.100.7, 10.0.0.2')).toBe('198.51.100.7')
  })

  it.each([undefined, '', '10.0.0.2', '127.0.0.1, 10.0.0.2'])(
    'is undefined for our own hosts, forwarded for %s',
    (header) => {
      expect(networkOf('10.0.0.1', header)).toBeUndefined()
      expect(networkOf('127.0.0.1', header)).toBeUndefined()
      expect(networkOf('::1', header)).toBeUndefined()
    },
  )

  // Covers "Rate limits fail open when the last X-Forwarded-For hop is not an address".
  it.each([
    'unknown',
    '_hidden',
    '198.51.100.7, _hidden',
    '198.51.100.7,',
    '198.51.100.7, 10.0.0.300',
    '198.51.100.7, 010.1.1.1',
    '198.51.100.7, 012.1.1.1',
    '198.51.100.7, 167772161',
  ])(
    'is shared by all whose proxy names no address, as in "%s", so that every limit still counts them',
    (header) => {
      const network = networkOf('10.0.0.1', header)
      expect(network).toBeDefined()
      expect(networkOf('10.0.0.1', `203.0.113.9, ${header}, 10.0.0.2`)).toBe(network)
      expect(networkOf('127.0.0.1', 'unknown')).toBe(network)
    },
  )

  it('is searched at the end of a header only, however long a client makes it', () => {
    expect(networkOf('10.0.0.1', `${'1.2.3.4, '.repeat(1000)}198.51.100.7`)).toBe('198.51.100.7')
    expect(networkOf('10.0.0.1', `${'x'.repeat(10_000)}, 198.51.100.7`)).toBe('198.51.100.7')
    expect(networkOf('10.0.0.1', `198.51.100.7${', 10.0.0.2'.repeat(15)}`)).toBe('198.51.100.7')
    const unknown = networkOf('10.0.0.1', 'unknown')
    expect(networkOf('10.0.0.1', `198.51.100.7${', 10.0.0.2'.repeat(16)}`)).toBe(unknown)
    expect(networkOf('10.0.0.1', `198.51.100.7${' '.repeat(100)}, 10.0.0.2`)).toBe(unknown)
  })

  it('is shared by all who disconnected before it could be determined', () => {
    expect(networkOf(undefined)).toBe(networkOf(undefined, '198.51.100.7'))
    expect(networkOf(undefined)).toBeDefined()
  })
})

describe('the networks of trusted proxies', () => {
  it.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    '012.0.0.0/8',
    '10',
    'loopback',
    '10.0.0.0/255.0.0.0',
    '0.0.0.0/0',
    'proxy.test',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '10.0.0.1/-1',
    '',
    '10.0.0.1,,::1',
  ])('cannot be "%s"', (networks) => {
    expect(readTrustedProxies(networks)).toBeUndefined()
  })

  it('are limited in number to what an operator would write by hand', () => {
    expect(readTrustedProxies(Array(256).fill('10.0.0.1').join())).toBeDefined()
    expect(readTrustedProxies(Array(257).fill('10.0.0.1').join())).toBeUndefined()
  })
})

describe('over HTTP', () => {
  let proxied: Listening
  let direct: Listening

  beforeAll(async () => {
    const options = { hostname: '127.0.0.1', port: 0, connectionsMax: 10 }
    const appOf = (networks: string): App => ({
      fetch: (_, { incoming }) => new Response(createClientNetwork(trusted(networks))(incoming) ?? 'none'),
    })
    proxied = await listen(appOf('127.0.0.0/8'), options)
    direct = await listen(appOf('10.0.0.0/8'), options)
  })
  afterAll(() => Promise.all([proxied.close(), direct.close()]))

  const ask = (server: Listening, forwardedFor: string[]) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'x-forwarded-for': forwardedFor }
      const sent = request({ host: '127.0.0.1', port: server.port, headers, agent: false })
      sent.once('error', reject).once('response', (response) => text(response).then(resolve, reject))
      sent.end()
    })

  it('is read from all headers together, in their order', async () => {
    expect(await ask(proxied, ['203.0.113.9', '198.51.100.7, 127.0.0.2'])).toBe('198.51.100.7')
    expect(await ask(proxied, [])).toBe('none')
    expect(await ask(direct, ['203.0.113.9'])).toBe('127.0.0.1')
  })
})
