import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { PROXY_SECRET_HEADER, type ProxySecrets } from './proxy-secret.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** The part of a request that identifies its source. */
type Arrival = {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>
  headers: IncomingMessage['headers']
}

/**
 * The network under which limits per address count a request: an IPv4 address, or the /56 that one IPv6 subscriber may
 * have (RIPE-690, section 4.2; RFC 6177), since 256 networks of /64 are not 256 clients. Undefined for our own requests
 * (health checks, load tests), which are exempt from such limits.
 */
export type ClientNetwork = (request: Arrival | undefined) => string | undefined

/**
 * Requests whose client is unknown share one network, or being unknown would bypass every limit: clients that
 * disconnected first, and those behind a trusted proxy that names no address (`unknown`, `_hidden`; RFC 7239, section
 * 6.3).
 */
const UNKNOWN = 'unknown'
/** How a CDN whose addresses are not known proves itself, and the header in which it sends its client's address. */
export type ProvenProxy = { isSecret: ProxySecrets; addressHeader: string }

export const FORWARDED_FOR = 'x-forwarded-for'
/** Has the port of the client after its address, also after one of IPv6, which has no brackets around it. */
const WITH_PORT = 'cloudfront-viewer-address'

/** The maximum number of trusted proxies that a request may have passed. */
const HOPS_MAX = 16
const HOP_CHARACTERS_MAX = 64

/**
 * Determines the network of a request's client: the peer of its connection or, behind trusted proxies, the last address
 * in `X-Forwarded-For` that is not one of theirs. Each proxy appends the peer it had, so whatever a client writes there
 * itself is further left and never read. `proxyaddr` alone would skip an empty hop and trust the one before it.
 *
 * A request with the secret of a proven proxy came through it, whatever its peer: its client is the one that the
 * proxy's header names. Without the secret that header is not read.
 */
export function createClientNetwork(isTrusted: TrustedProxies, proven?: ProvenProxy): ClientNetwork {
  return (request) => {
    if (request === undefined) return undefined
    if (proven?.isSecret(request.headers[PROXY_SECRET_HEADER]) === true) {
      return clientOfProven(request, proven.addressHeader)
    }
    const peer = readAddress(request.socket.remoteAddress ?? '')
    if (peer === undefined) return UNKNOWN
    return isTrusted(peer.toString())
      ? clientBehindProxies(headerOf(request, FORWARDED_FOR))
      : networkOf(peer)
  }

  function clientOfProven(request: Arrival, addressHeader: string): string | undefined {
    const header = headerOf(request, addressHeader).trim()
    // A proxy that names no client is no reason to exempt it from limits.
    if (header === '') return UNKNOWN
    if (addressHeader === FORWARDED_FOR) return clientBehindProxies(header)
    const address = addressHeader === WITH_PORT ? readWithPort(header) : readHop(header)
    if (address === undefined) return UNKNOWN
    return isTrusted(address.toString()) ? undefined : networkOf(address)
  }

  function clientBehindProxies(header: string): string | undefined {
    const hops = header === '' ? [] : header.split(',')
    for (const hop of hops.slice(-HOPS_MAX).reverse()) {
      const address = readHop(hop)
      if (address === undefined) return UNKNOWN
      if (!isTrusted(address.toString())) return networkOf(address)
    }
    return hops.length > HOPS_MAX ? UNKNOWN : undefined
  }
}

function headerOf({ headers }: Arrival, name: string): string {
  const value = headers[name] ?? ''
  // Node joins repeated headers; its types allow for an array.
  return Array.isArray(value) ? value.join(',') : value
}

function readHop(hop: string): IPv4 | IPv6 | undefined {
  return hop.length > HOP_CHARACTERS_MAX ? undefined : readAddress(withoutPort(hop.trim()))
}

/** `2001:db8::1:4711` could be an address of its own, so the part after the last colon is taken for the port first. */
function readWithPort(text: string): IPv4 | IPv6 | undefined {
  return readHop(text.replace(/:\d{1,5}$/, '')) ?? readHop(text)
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

/** An IPv4-mapped address (RFC 4291, section 2.5.5.2) is read as IPv4. `isIP` refuses the octal numbers ipaddr.js takes. */
function readAddress(text: string): IPv4 | IPv6 | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text)
}

/** The remaining bits of the fourth of eight groups of 16 bits. */
const NETWORK_MASK = 0xff00
const NETWORK_BITS = 56

function networkOf(address: IPv4 | IPv6): string {
  if (!('parts' in address)) return address.toString()
  const [first = 0, second = 0, third = 0, fourth = 0] = address.parts
  const groups = [first, second, third, fourth & NETWORK_MASK].map((group) => group.toString(16))
  return `${groups.join(':')}::/${NETWORK_BITS}`
}
