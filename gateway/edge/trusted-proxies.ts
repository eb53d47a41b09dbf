import { isIP } from 'node:net'
import { compile } from 'proxy-addr'

/** True for the addresses of our own load balancers, whose `X-Forwarded-For` is trusted. */
export type TrustedProxies = (address: string) => boolean

const NETWORKS_MAX = 256

/**
 * Parses networks in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3), separated by commas; an address
 * alone is a network of one. Undefined when any of them is invalid.
 */
export function readTrustedProxies(text: string): TrustedProxies | undefined {
  const networks = text.split(',').map((network) => network.trim())
  // The library also accepts names and octal numbers, which RFC 4632 does not know: it reads `012.0.0.1` as 10.0.0.1.
  const areAddresses = networks.every((network) => isIP(network.replace(/\/\d{1,3}$/, '')) !== 0)
  if (networks.length > NETWORKS_MAX || !areAddresses) return undefined
  try {
    const trusts = compile(networks)
    return (address) => trusts(address, 0)
  } catch {
    return undefined
  }
}
