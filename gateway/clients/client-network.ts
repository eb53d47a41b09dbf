import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { TrustedProxies } from './trusted-proxies.ts'

/** As much of a request as says where it came from. */
export type Arrival = {
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
 * in `X-Forwarded-For` that is not one of theirs. Each proxy appends whom it heard from, so whatever a client writes
 * there itself stands further left and is never read.
 */
export function createClientNetwork(trusted: TrustedProxies): ClientNetwork {
  const isTrusted = (address: string) => trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

  return (request) => {
    if (request === undefined) return undefined
    const peer = readAddress(request.socket.remoteAddress ?? '')
    if (peer === undefined) return UNKNOWN
    return isTrusted(peer) ? clientBehindProxies(request) : networkOf(peer)
  }

  function clientBehindProxies(request: Arrival): string | undefined {
    for (const hop of hopsFromRight(forwardedFor(request))) {
      const address = hop === undefined ? undefined : readAddress(withoutPort(hop))
      if (address === undefined) return UNKNOWN
      if (!isTrusted(address)) return networkOf(address)
    }
    return undefined
  }
}

function forwardedFor({ headers }: Arrival): string {
  const value = headers['x-forwarded-for'] ?? ''
  // Node joins what was sent in several headers; its types allow for more.
  return Array.isArray(value) ? value.join(',') : value
}

/** The header is as long as a client likes; only its end is read. Yields undefined where reading stops at a limit. */
function* hopsFromRight(header: string): Generator<string | undefined> {
  let end = header.length
  for (let hop = 0; end > 0; hop += 1) {
    const comma = header.lastIndexOf(',', end - 1)
    if (hop === HOPS_MAX || end - comma > HOP_CHARACTERS_MAX) {
      yield undefined
      return
    }
    yield header.slice(comma + 1, end).trim()
    end = comma
  }
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

/** An address in the one way that Node writes it, an IPv4-mapped one (RFC 4291, section 2.5.5.2) as IPv4. */
function readAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text)) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  const mapped = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : ''
  return isIPv4(mapped) ? mapped : address
}

const MAPPED = '::ffff:'
const GROUPS = 8
const NETWORK_BITS = 56
/** What is left of the fourth group of 16 bits. */
const NETWORK_MASK = 0xff00

function networkOf(address: string): string {
  if (isIPv4(address)) return address
  // `::` stands for as many groups of zeros as are missing.
  const [before = [], after] = address.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const groups =
    after === undefined
      ? before
      : [...before, ...Array.from({ length: GROUPS - before.length - after.length }, () => '0'), ...after]
  const [first = '0', second = '0', third = '0', fourth = '0'] = groups
  const kept = Number.parseInt(fourth, 16) & NETWORK_MASK
  return `${first}:${second}:${third}:${kept.toString(16)}::/${NETWORK_BITS}`
}
