import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Problem } from '../api/problem.ts'
import { errorOf, problemOf, refusal, refuse, refuseRaw } from './refuse.ts'
import { createSlowReaders } from './slow-readers.ts'

/** The request handler: a Hono app, or anything with the same `fetch` method. */
export type App = { fetch: (request: Request, env: HttpBindings) => Response | Promise<Response> }

/** Responds to a request and returns true, or leaves it untouched and returns false. */
export type FirstListener = (request: IncomingMessage, response: ServerResponse) => boolean

export type ListenOptions = {
  hostname: string
  /** 0 lets the system choose. */
  port: number
  /** A descriptor that listens already, instead of the above. */
  socket?: number | undefined
  /** Lets another process listen on the same port. */
  reusePort?: boolean
  connectionsMax: number
  /** Called before the app, for the cheapest and most frequent requests. */
  first?: FirstListener
  /**
   * For how long closing leaves idle connections to clients that are about to use them, where another process takes the
   * new ones: each response then says that its connection closes.
   */
  drainMs?: number
  /** Instead of `HTTP_LIMITS`. */
  limits?: Partial<HttpLimits>
}

export type Listening = {
  port: number
  /** Accepts no new connections, waits for the requests in flight, then resolves. */
  close(): Promise<void>
}

/** The resources that a client can make a server hold, and for how long. */
export const HTTP_LIMITS = {
  headersBytesMax: 16 * 1024,
  headersCountMax: 64,
  headersTimeoutMs: 10_000,
  /** For the whole request, body included. */
  requestTimeoutMs: 30_000,
  /** Above the 60 s of common load balancers, so that the balancer and not the server ends an idle connection. */
  keepAliveTimeoutMs: 65_000,
  /** How often connections are checked against these times. */
  checkMs: 2000,
  /** How long a client may read nothing of a response, and its minimum average speed. */
  answerGraceMs: 30_000,
  answerBytesPerSecondMin: 8192,
}

export type HttpLimits = typeof HTTP_LIMITS

const IDLE_SWEEP_MS = 50
/** Connections that wait to be accepted, unless the system's own limit is lower. */
const BACKLOG = 4096

/** Serves an app over HTTP/1.1 with a limit on everything a client can make it hold. */
export async function listen(app: App, options: ListenOptions): Promise<Listening> {
  const { first } = options
  const limits = { ...HTTP_LIMITS, ...options.limits }
  // Only HTTP/1.1 is served, whose bindings these are.
  const answer = getRequestListener((request, env) => app.fetch(request, env as HttpBindings), {
    errorHandler: refusal,
  })
  const answers = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  let draining = false
  const server = createServer(
    {
      // Validated later, with the rest of the request.
      requireHostHeader: false,
      maxHeaderSize: limits.headersBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, response) => {
      // Bytes after a refused request may be part of it.
      if (refused.has(request.socket)) return
      if (draining) response.shouldKeepAlive = false
      if (first?.(request, response) === true) return
      answers.set(request.socket, response)
      const error = errorOf(request)
      if (error === undefined) return void answer(request, response)
      refused.add(request.socket)
      refuse(response, error)
    },
  )
  server.maxHeadersCount = limits.headersCountMax
  refuseUnread(server, answers)
  const stopWatching = watchReaders(server, limits)
  // Under node:cluster an excess connection would otherwise be passed from one full worker to the next without end.
  Object.assign(server, { maxConnections: options.connectionsMax, dropMaxConnection: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const { hostname: host, port, socket, reusePort = false } = options
    if (socket !== undefined) server.listen({ fd: socket }, BACKLOG, () => resolve())
    else server.listen({ host, port, reusePort, backlog: BACKLOG }, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      draining = true
      return closeServer(server, options.drainMs ?? 0).finally(stopWatching)
    },
  }
}

/**
 * Accepts no more connections, and resolves when none is left. Keep-alive connections count as idle only between two
 * requests, so idle ones are closed repeatedly, from the end of the drain on.
 */
function closeServer(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sweep: NodeJS.Timeout | undefined
    const drained = setTimeout(() => {
      server.closeIdleConnections()
      sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
    }, drainMs)
    // Unlike its own method, this one leaves idle connections open.
    NetServer.prototype.close.call(server, (error) => {
      clearTimeout(drained)
      clearInterval(sweep)
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

/**
 * Responds to what Node does not turn into a request: input that its parser or timeouts refuse, and tunnels.
 *
 * @param answers - the last response of each connection
 */
function refuseUnread(server: Server, answers: WeakMap<Duplex, ServerResponse>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = answers.get(socket)
    // Nothing can be written into a response that has begun.
    const begun = answer?.headersSent === true && !answer.writableFinished
    if (socket.writable && !begun && error.code !== 'ECONNRESET') refuseRaw(socket, problemOf(error))
    else socket.destroy()
  })
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    socket.once('error', () => socket.destroy())
    refuseRaw(socket, new Problem('not-implemented', 'CONNECT is not offered'))
  })
}

function watchReaders(server: Server, limits: HttpLimits): () => void {
  const readers = createSlowReaders({
    graceMs: limits.answerGraceMs,
    bytesPerSecondMin: limits.answerBytesPerSecondMin,
  })
  server.on('connection', (socket: Socket) => readers.watch(socket))
  const timer = setInterval(readers.check, limits.checkMs).unref()
  return () => clearInterval(timer)
}
