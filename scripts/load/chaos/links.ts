import { mkdirSync } from 'node:fs'
import type { NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { LINKS, type Link } from './fault.ts'
import { createProxy, type TcpProxy } from './proxy.ts'
import type { ChaosRedis } from './redis.ts'
import type { Partner } from './steps.ts'
import type { LosableStore } from './store.ts'

const HOST = '127.0.0.1'

/** The addresses of one service's processes. */
export type Ports = { gateways: readonly number[]; origins: readonly number[]; provider: number }

/**
 * A proxy between a process and a store; none for a Redis Cluster, which tells its clients the addresses of its nodes.
 */
type Way = { proxy: TcpProxy | undefined; url: string }

/** A process's proxies to its dependencies, as the URLs it is given. */
type OriginWays = Record<Partner, Way>

/** Every connection of the system passes through one of these. */
export type Links = {
  gatewayUrl: string
  originUrl: string
  /** By gateway. */
  redis: readonly Way[]
  /** By origin. */
  origins: readonly OriginWays[]
  of(link: Link): readonly TcpProxy[]
  close(): Promise<void>
}

/**
 * Opens the proxies: one before all gateways, one before all origins, and for each process one to each dependency, so
 * that its traffic can be distinguished from that of the others.
 */
export async function openLinks(options: {
  folder: string
  ports: Ports
  redis: ChaosRedis
  mysql: LosableStore
}): Promise<Links> {
  const { folder, ports, redis, mysql } = options
  const proxies: Record<Link, TcpProxy[]> = { fans: [], origins: [], redis: [], mysql: [], provider: [] }

  async function open(
    link: Link,
    listen: { port: number; host: string } | { path: string },
    targets: Targets,
  ) {
    const proxy = await createProxy({ listen, targets })
    proxies[link].push(proxy)
    return proxy
  }
  const openTcp = async (link: Link, ofPorts: readonly number[]) => {
    const targets = ofPorts.map((port) => ({ host: HOST, port }))
    const proxy = await open(link, { host: HOST, port: 0 }, () => targets)
    return { proxy, url: `http://${HOST}:${proxy.port}` }
  }
  const openMysql = async (name: string) => {
    const path = join(folder, `${name}.sock`)
    return { proxy: await open('mysql', { path }, mysql.targets), url: mysqlUrl(path) }
  }
  const openRedis = async (name: string): Promise<Way> => {
    if (redis.kind === 'cluster') return { proxy: undefined, url: redis.url() }
    const path = join(folder, `${name}.sock`)
    const proxy = await open('redis', { path }, redis.targets)
    return { proxy, url: redis.kind === 'pair' ? `${path}?password=${redis.password}` : path }
  }

  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const fans = await openTcp('fans', ports.gateways)
    const origins = await openTcp('origins', ports.origins)
    const redisWays: Way[] = []
    for (const [i] of ports.gateways.entries()) redisWays.push(await openRedis(`gateway-${i + 1}-redis`))
    const ways: OriginWays[] = []
    for (const [i] of ports.origins.entries()) {
      ways.push({
        redis: await openRedis(`origin-${i + 1}-redis`),
        mysql: await openMysql(`origin-${i + 1}-mysql`),
        provider: await openTcp('provider', [ports.provider]),
      })
    }
    return { gatewayUrl: fans.url, originUrl: origins.url, redis: redisWays, origins: ways, of, close }
  } catch (error) {
    await close()
    throw error
  }

  function of(link: Link): readonly TcpProxy[] {
    return proxies[link]
  }

  async function close(): Promise<void> {
    await Promise.all(LINKS.flatMap((link) => proxies[link].map((proxy) => proxy.close())))
  }
}

type Targets = () => readonly NetConnectOpts[]

/** Through a socket, root needs no password (scripts/develop/stores/database.ts). */
function mysqlUrl(path: string): string {
  return `mysql://root@localhost/naru?socketPath=${encodeURIComponent(path)}`
}
