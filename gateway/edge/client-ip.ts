import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import type { TrustedProxies } from './trusted-proxies.ts'

/** As much of a request as says where it came from. */
type Arrival = {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>
  headers: IncomingMessage['headers']
}

/**
 * The network that limits per address count a request under: an IPv4 address, or the /56 that one IPv6 subscriber may have
 * to themselves (RIPE-690, section 4.2; RFC 6177), since 256 networks of /64 are not 256 clients. Undefined for requests
 * of our own (health checks, load tests), which no such limit is for.
 */
export type ClientNetwork = (request: Arrival | undefined) => string | undefined

/**
 * Requests whose client cannot be told share one network, or being unknown would be a way around every limit: those that
 * hung up first, and those behind a proxy of ours that names no address (`unknown`, `_hidden`; RFC 7239, section 6.3).
 */
const UNKNOWN = 'unknown'
/** How many proxies of ours a request may have passed. */
const HOPS_MAX = 16
const HOP_CHARACTERS_MAX = 64

/**
 * Tells the network of a request's client: the peer of its connection or, behind proxies of ours, the last address
 * in `X-Forwarded-For` that is not one of theirs. Each proxy appends the peer it had, so whatever a client writes
 * there itself stands further left and is never read. `proxyaddr` itself would skip an empty hop and believe that.
 */
export function createClientNetwork(isTrusted: TrustedProxies): ClientNetwork {
  return (request) => {
    if (request === undefined) return undefined
    const peer = readAddress(request.socket.remoteAddress ?? '')
    if (peer === undefined) return UNKNOWN
    return isTrusted(peer.toString()) ? clientBehindProxies(request) : networkOf(peer)
  }

  function clientBehindProxies(request: Arrival): string | undefined {
    const header = forwardedFor(request)
    const hops = header === '' ? [] : header.split(',')
    for (const hop of hops.slice(-HOPS_MAX).reverse()) {
      const address = hop.length > HOP_CHARACTERS_MAX ? undefined : readAddress(withoutPort(hop.trim()))
      if (address === undefined) return UNKNOWN
      if (!isTrusted(address.toString())) return networkOf(address)
    }
    return hops.length > HOPS_MAX ? UNKNOWN : undefined
  }
}

function forwardedFor({ headers }: Arrival): string {
  const value = headers['x-forwarded-for'] ?? ''
  // Node joins what was sent in several headers; its types allow for more.
  return Array.isArray(value) ? value.join(',') : value
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

/** An IPv4-mapped address (RFC 4291, section 2.5.5.2) is read as IPv4. `isIP` refuses the octal numbers ipaddr.js takes. */
function readAddress(text: string): IPv4 | IPv6 | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text)
}

/** What is left of the fourth of eight groups of 16 bits. */
const NETWORK_MASK = 0xff00
const NETWORK_BITS = 56

function networkOf(address: IPv4 | IPv6): string {
  if (!('parts' in address)) return address.toString()
  const [first = 0, second = 0, third = 0, fourth = 0] = address.parts
  const groups = [first, second, third, fourth & NETWORK_MASK].map((group) => group.toString(16))
  return `${groups.join(':')}::/${NETWORK_BITS}`
}
