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
  let weather = FAIR
  let opened = 0
  let turn = 0
  /** Replaced with each change, so that waiting code checks again. */
  let change = Promise.withResolvers<void>()
  const pairs = new Set<Pair>()
  const clients = new Set<Socket>()
  const watchers = new Set<Watcher>()

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void serve(client))
  server.listen(listen)
  await once(server, 'listening')
  const address = server.address()

  async function serve(client: Socket): Promise<void> {
    clients.add(client)
    client.on('error', () => {}) // seen where it is read
    client.once('close', () => clients.delete(client))
    if (weather.refuse) return reject(client)
    const upstream = await connectToOne()
    if (upstream === undefined || client.destroyed || weather.refuse) {
      upstream?.destroy()
      return reject(client)
    }
    opened += 1
    const pair = { number: opened, client, server: upstream }
    pairs.add(pair)
    await Promise.all([pump(pair, 'up'), pump(pair, 'down')])
    cut(pair)
  }

  /** With a reset, which a unix socket does not have. */
  function reject(client: Socket): void {
    if (listen.path === undefined) client.resetAndDestroy()
    else client.destroy()
  }

  async function connectToOne(): Promise<Socket | undefined> {
    const all = weather.leadTo ?? targets()
    turn += 1
    for (let i = 0; i < all.length; i += 1) {
      const target = all[(turn + i) % all.length]
      const socket = target === undefined ? undefined : await tryConnect(target)
      if (socket !== undefined) return socket
    }
    return undefined
  }

  async function pump(pair: Pair, flow: Flow): Promise<void> {
    const [from, to] = flow === 'up' ? [pair.client, pair.server] : [pair.server, pair.client]
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (!(await deliver(pair, flow, chunk, to))) return cut(pair)
      }
      await clearance()
      to.end()
    } catch {
      cut(pair) // one side is gone
    }
  }

  /** Returns whether the connection continues. */
  async function deliver(pair: Pair, flow: Flow, chunk: Buffer, to: Socket): Promise<boolean> {
    const [sight, watcher] = inspect(pair.number, flow, chunk)
    if (sight === 'stop') return false
    await clearance()
    const bytes = weather.cut?.(chunk.length)
    const hasRoom = to.write(bytes === undefined ? chunk : chunk.subarray(0, bytes))
    if (sight === 'stop-after') watcher?.passed?.()
    if (bytes !== undefined || sight === 'stop-after') return false
    if (!hasRoom) await Promise.race([once(to, 'drain'), once(to, 'close')])
    return true
  }

  function inspect(connection: number, flow: Flow, chunk: Buffer): [Sight, Watcher?] {
    for (const watcher of watchers) {
      const sight = watcher.see(connection, flow, chunk)
      if (sight !== 'pass') return [sight, watcher]
    }
    return ['pass']
  }

  /** Waits as long as the faults require, and checks again whenever they change. */
  async function clearance(): Promise<void> {
    if (weather.delayMs > 0) await wait(weather.delayMs)
    while (weather.hold) await change.promise
  }

  function cut(pair: Pair): void {
    if (!pairs.delete(pair)) return
    for (const socket of [pair.client, pair.server]) socket.destroy()
  }

  function cutAll(): void {
    for (const pair of pairs) cut(pair)
  }

  function changeWeather(next: Partial<Weather>): void {
    weather = { ...weather, ...next }
    if (weather.refuse) cutAll()
    change.resolve()
    change = Promise.withResolvers()
  }

  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    change: changeWeather,
    watch(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    cutAll,
    open: () => pairs.size,
    async close() {
      changeWeather({ ...FAIR, refuse: true })
      for (const client of clients) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
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
