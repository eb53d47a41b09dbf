import { BlockList, isIP } from 'node:net'

/** Tells the addresses of our own load balancers, which say the truth about whom they forward. */
export type TrustedProxies = Pick<BlockList, 'check'>

const NETWORKS_MAX = 256

/**
 * Reads networks as CIDR (RFC 4632, section 3.1; RFC 4291, section 2.3), separated by commas; an address alone is a
 * network of one. Undefined when any of them is none.
 */
export function readTrustedProxies(text: string): TrustedProxies | undefined {
  const networks = text.split(',').map((network) => network.trim())
  if (networks.length > NETWORKS_MAX) return undefined
  const list = new BlockList()
  return networks.every((network) => addNetwork(list, network)) ? list : undefined
}

function addNetwork(list: BlockList, network: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
  const version = isIP(address)
  if (version === 0) return false
  const bitsMax = version === 4 ? 32 : 128
  const bits = prefix === undefined ? bitsMax : Number(prefix)
  if (bits > bitsMax) return false
  list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  return true
}
