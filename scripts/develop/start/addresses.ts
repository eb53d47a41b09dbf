import type { Env } from '../../../shared/runtime/env.ts'
import { findFreePorts } from '../stores/free-ports.ts'
import { choosePublicPort } from './ports.ts'

export type ServiceName = 'sandbox' | 'origin' | 'gateway'

/** Where the services listen, and how to reach them from this host. */
export type Addresses = {
  urls: Record<ServiceName, string>
  /** Returns 200 once the service works. */
  readyUrls: Record<ServiceName, string>
  variables: Record<string, string>
  /** Set when the usual public port was taken. */
  note: string | undefined
}

const PUBLIC_PORT = 8080
const LOOPBACK = '127.0.0.1'

/** The user's choice of hosts and ports where there is one, else the loopback, the usual public port, free others. */
export async function chooseAddresses(env: Env): Promise<Addresses> {
  const [free1 = 0, free2 = 0, free3 = 0, free4 = 0, spare = 0] = await findFreePorts(LOOPBACK, 5)
  const usual = {
    GATEWAY_HOST: LOOPBACK,
    GATEWAY_INTERNAL_HOST: LOOPBACK,
    GATEWAY_INTERNAL_PORT: String(free1),
    ORIGIN_HOST: LOOPBACK,
    ORIGIN_PORT: String(free2),
    ORIGIN_INTERNAL_HOST: LOOPBACK,
    ORIGIN_INTERNAL_PORT: String(free3),
    SANDBOX_HOST: LOOPBACK,
    SANDBOX_PORT: String(free4),
  }
  const chosen = Object.entries(env).filter(
    ([name, value]) => name in usual && value !== undefined && value !== '',
  )
  const variables: typeof usual = { ...usual, ...Object.fromEntries(chosen) }
  const { GATEWAY_PORT } = env
  const publicPort = await choosePublicPort({
    host: variables.GATEWAY_HOST,
    asked: GATEWAY_PORT,
    usual: PUBLIC_PORT,
    spare,
  })
  const isMoved = (GATEWAY_PORT ?? '') === '' && publicPort !== PUBLIC_PORT
  const sandboxUrl = urlOf(variables.SANDBOX_HOST, variables.SANDBOX_PORT)
  return {
    urls: {
      gateway: urlOf(variables.GATEWAY_HOST, publicPort),
      origin: urlOf(variables.ORIGIN_HOST, variables.ORIGIN_PORT),
      sandbox: sandboxUrl,
    },
    readyUrls: {
      gateway: `${urlOf(variables.GATEWAY_INTERNAL_HOST, variables.GATEWAY_INTERNAL_PORT)}/readyz`,
      origin: `${urlOf(variables.ORIGIN_INTERNAL_HOST, variables.ORIGIN_INTERNAL_PORT)}/readyz`,
      sandbox: `${sandboxUrl}/healthz`,
    },
    variables: { ...variables, GATEWAY_PORT: String(publicPort) },
    note: isMoved
      ? `Port ${PUBLIC_PORT} is taken by another program; the gateway is on ${publicPort}.`
      : undefined,
  }
}

/** A service that listens on every address of the host is reached through the loopback. */
function urlOf(host: string, port: string | number): string {
  const reachable = { '0.0.0.0': LOOPBACK, '::': '::1' }[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
