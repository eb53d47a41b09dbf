import { once } from 'node:events'
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** `up` is towards the server, `down` back to the client. */
export type Flow = 'up' | 'down'

/** The faults that a proxy applies to its traffic. */
export type Weather = {
  /** New connections are refused, and open ones end. */
  refuse: boolean
  /** A black hole: traffic is neither forwarded nor rejected. It arrives once this is over, as TCP specifies. */
  hold: boolean
  /** Delay of each chunk, in either direction. */
  delayMs: number
  /** How many bytes of a chunk still pass before the connection is cut; undefined forwards all of it. */
  cut: ((bytes: number) => number | undefined) | undefined
  /** The target of new connections instead of the usual ones; open ones stay. */
  leadTo: readonly NetConnectOpts[] | undefined
}

/** A watcher's decision on a chunk: let it pass, or end its connection before or after it has passed. */
export type Sight = 'pass' | 'stop' | 'stop-after'

/** Sees every chunk of every connection; connections are distinguished by their number. */
export type Watcher = {
  see(connection: number, flow: Flow, chunk: Buffer): Sight
  /** Called synchronously when a chunk has been forwarded for which `see` returned `stop-after`. */
  passed?: () => void
}

export type TcpProxy = {
  /** The port it listens on; 0 for a unix socket. */
  readonly port: number
  /** Changes the given settings and leaves the rest. */
  change(weather: Partial<Weather>): void
  /** Returns a function that removes the watcher. */
  watch(watcher: Watcher): () => void
  /** Ends every open connection, in the middle of its traffic. */
  cutAll(): void
  /** How many connections are open. */
  open(): number
  close(): Promise<void>
}

export type ProxyOptions = {
  listen: Pick<ListenOptions, 'host' | 'port' | 'path'>
  /** The target of the next connection, called for each one: a restarted server may have another address. */
  targets: () => readonly NetConnectOpts[]
}

type Pair = { number: number; client: Socket; server: Socket }

const FAIR: Weather = { refuse: false, hold: false, delayMs: 0, cut: undefined, leadTo: undefined }
const CONNECT_TIMEOUT_MS = 2000

/**
 * A small TCP proxy in this process, which forwards bytes until faults are set. It uses several targets in turn, and
 * another one when a server is down, like a balancer without health checks.
 */
export async function createProxy({ listen, targets }: ProxyOptions): Promise<TcpProxy> {
  const conditions = createConditions()
  const connectToOne = createBalancer(() => conditions.now().leadTo ?? targets())
  const pairs = new Set<Pair>()
  const clients = new Set<Socket>()
  const watchers = new Set<Watcher>()
  const traffic = { conditions, watchers, cut }
  let opened = 0

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void serve(client))
  server.listen(listen)
  await once(server, 'listening')
  const address = server.address()

  async function serve(client: Socket): Promise<void> {
    clients.add(client)
    client.on('error', () => {}) // seen where it is read
    client.once('close', () => clients.delete(client))
    if (conditions.now().refuse) return reject(client)
    const upstream = await connectToOne()
    if (upstream === undefined || client.destroyed || conditions.now().refuse) {
      upstream?.destroy()
      return reject(client)
    }
    opened += 1
    const pair = { number: opened, client, server: upstream }
    pairs.add(pair)
    await Promise.all([pump(traffic, pair, 'up'), pump(traffic, pair, 'down')])
    cut(pair)
  }

  /** With a reset, which a unix socket does not have. */
  function reject(client: Socket): void {
    if (listen.path === undefined) client.resetAndDestroy()
    else client.destroy()
  }

  function cut(pair: Pair): void {
    if (!pairs.delete(pair)) return
    for (const socket of [pair.client, pair.server]) socket.destroy()
  }

  function cutAll(): void {
    for (const pair of pairs) cut(pair)
  }

  function change(next: Partial<Weather>): void {
    conditions.change(next)
    if (conditions.now().refuse) cutAll()
  }

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    change,
    watch(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    cutAll,
    open: () => pairs.size,
    async close() {
      change({ ...FAIR, refuse: true })
      for (const client of clients) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type Conditions = {
  now(): Weather
  change(next: Partial<Weather>): void
  /** Waits as long as the faults require, and checks again whenever they change. */
  clearance(): Promise<void>
}

function createConditions(): Conditions {
  let weather = FAIR
  /** Replaced with each change, so that waiting code checks again. */
  let changed = Promise.withResolvers<void>()
  return {
    now: () => weather,
    change(next) {
      weather = { ...weather, ...next }
      changed.resolve()
      changed = Promise.withResolvers()
    },
    async clearance() {
      if (weather.delayMs > 0) await wait(weather.delayMs)
      while (weather.hold) await changed.promise
    },
  }
}

/** Connects to one target after the other in turn; undefined when none of them accepts. */
function createBalancer(targets: () => readonly NetConnectOpts[]): () => Promise<Socket | undefined> {
  let turn = 0
  return async () => {
    const all = targets()
    turn += 1
    for (let i = 0; i < all.length; i += 1) {
      const target = all[(turn + i) % all.length]
      const socket = target === undefined ? undefined : await tryConnect(target)
      if (socket !== undefined) return socket
    }
    return undefined
  }
}

type Traffic = {
  conditions: Conditions
  watchers: ReadonlySet<Watcher>
  cut: (pair: Pair) => void
}

/** Forwards one direction of a connection until it ends. */
async function pump(traffic: Traffic, pair: Pair, flow: Flow): Promise<void> {
  const [from, to] = flow === 'up' ? [pair.client, pair.server] : [pair.server, pair.client]
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (!(await deliver(traffic, { pair, flow, to }, chunk))) return traffic.cut(pair)
    }
    await traffic.conditions.clearance()
    to.end()
  } catch {
    traffic.cut(pair) // one side is gone
  }
}

/** Returns whether the connection continues. */
async function deliver(
  { conditions, watchers }: Traffic,
  { pair, flow, to }: { pair: Pair; flow: Flow; to: Socket },
  chunk: Buffer,
): Promise<boolean> {
  const [sight, watcher] = inspect(watchers, pair.number, flow, chunk)
  if (sight === 'stop') return false
  await conditions.clearance()
  const bytes = conditions.now().cut?.(chunk.length)
  const hasRoom = to.write(bytes === undefined ? chunk : chunk.subarray(0, bytes))
  if (sight === 'stop-after') watcher?.passed?.()
  if (bytes !== undefined || sight === 'stop-after') return false
  if (!hasRoom) await Promise.race([once(to, 'drain'), once(to, 'close')])
  return true
}

function inspect(
  watchers: ReadonlySet<Watcher>,
  connection: number,
  flow: Flow,
  chunk: Buffer,
): [Sight, Watcher?] {
  for (const watcher of watchers) {
    const sight = watcher.see(connection, flow, chunk)
    if (sight !== 'pass') return [sight, watcher]
  }
  return ['pass']
}

async function tryConnect(target: NetConnectOpts): Promise<Socket | undefined> {
  const socket = connect({ ...target, allowHalfOpen: true, noDelay: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
    socket.on('error', () => {}) // seen where it is read
    return socket
  } catch {
    socket.on('error', () => {})
    socket.destroy()
    return undefined
  }
}
