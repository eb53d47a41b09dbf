import { once } from 'node:events'
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** `up` goes to the server, `down` comes back from it. */
export type Flow = 'up' | 'down'

/** What a proxy does to all that passes through it. */
export type Weather = {
  /** Nobody gets a connection, and those that are open end. */
  refuse: boolean
  /** A black hole: what is sent is neither passed on nor answered. It comes through once this is over, as TCP has it. */
  hold: boolean
  /** Each chunk waits so long, in either direction. */
  delayMs: number
  /** Of a chunk of so many bytes, how many still pass before the connection is cut; undefined passes all of it. */
  cut: ((bytes: number) => number | undefined) | undefined
  /** Where new connections go instead of the usual targets; those that are open stay. */
  leadTo: readonly NetConnectOpts[] | undefined
}

/** What a watcher makes of a chunk: it may pass, or the watcher ends its connection before or after it has passed. */
export type Sight = 'pass' | 'stop' | 'stop-after'

/** Sees every chunk as it comes, on whatever connection; connections are told apart by their number. */
export type Watcher = {
  see(connection: number, flow: Flow, chunk: Buffer): Sight
  /** Called, at once, when a chunk has been passed on for which `see` said `stop-after`. */
  passed?: () => void
}

export type TcpProxy = {
  /** The port it listens on; 0 for a unix socket. */
  readonly port: number
  /** Changes what is given and leaves the rest. */
  change(weather: Partial<Weather>): void
  /** Returns what ends the watching. */
  watch(watcher: Watcher): () => void
  /** Ends every connection that is open, in the middle of whatever it carries. */
  cutAll(): void
  /** How many connections are open. */
  open(): number
  close(): Promise<void>
}

export type ProxyOptions = {
  listen: Pick<ListenOptions, 'host' | 'port' | 'path'>
  /** Where the next connection goes, asked for each one: a server that was started again may be elsewhere. */
  targets: () => readonly NetConnectOpts[]
}

type Pair = { number: number; client: Socket; server: Socket }

const FAIR: Weather = { refuse: false, hold: false, delayMs: 0, cut: undefined, leadTo: undefined }
const CONNECT_TIMEOUT_MS = 2000

/**
 * A small TCP proxy in this process, which passes bytes on until it is told to be worse than that. With several targets
 * it takes them in turn, and another one when a server is not there, as a balancer that looks at nothing else.
 */
export async function createProxy({ listen, targets }: ProxyOptions): Promise<TcpProxy> {
  let weather = FAIR
  let opened = 0
  let turn = 0
  /** Replaced with each change, so that whoever waits looks again. */
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

  /** Returns whether the connection goes on. */
  async function deliver(pair: Pair, flow: Flow, chunk: Buffer, to: Socket): Promise<boolean> {
    const [sight, watcher] = look(pair.number, flow, chunk)
    if (sight === 'stop') return false
    await clearance()
    const bytes = weather.cut?.(chunk.length)
    const hasRoom = to.write(bytes === undefined ? chunk : chunk.subarray(0, bytes))
    if (sight === 'stop-after') watcher?.passed?.()
    if (bytes !== undefined || sight === 'stop-after') return false
    if (!hasRoom) await Promise.race([once(to, 'drain'), once(to, 'close')])
    return true
  }

  function look(connection: number, flow: Flow, chunk: Buffer): [Sight, Watcher?] {
    for (const watcher of watchers) {
      const sight = watcher.see(connection, flow, chunk)
      if (sight !== 'pass') return [sight, watcher]
    }
    return ['pass']
  }

  /** Waits as long as the weather says, and looks again whenever it changes. */
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
