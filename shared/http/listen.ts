import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Problem } from '../api/problem.ts'
import { faultOf, problemOf, refusal, refuse, refuseRaw } from './refuse.ts'
import { createSlowReaders } from './slow-readers.ts'

/** What is served: a Hono app, or anything that answers requests as one does. */
export type App = { fetch: (request: Request, env: HttpBindings) => Response | Promise<Response> }

/** Answers a request itself and returns true, or leaves it untouched and returns false. */
export type FirstListener = (request: IncomingMessage, response: ServerResponse) => boolean

export type ListenOptions = {
  hostname: string
  /** 0 lets the system choose. */
  port: number
  connectionsMax: number
  /** Asked before the app, for what must cost next to nothing. */
  first?: FirstListener
  /** Instead of `HTTP_LIMITS`. */
  limits?: Partial<HttpLimits>
}

export type Listening = {
  port: number
  /** Takes no new connections, waits for the requests under way, then resolves. */
  close(): Promise<void>
}

/** What a client can make a server hold, and for how long. */
const HTTP_LIMITS = {
  headersBytesMax: 16 * 1024,
  headersCountMax: 64,
  headersTimeoutMs: 10_000,
  /** For the whole request, body included. */
  requestTimeoutMs: 30_000,
  /** Above the 60 s of common load balancers, so that the balancer and not the server ends an idle connection. */
  keepAliveTimeoutMs: 65_000,
  /** How often connections are held to these times. */
  checkMs: 2000,
  /** How long a client may take nothing of an answer, and how fast it must read on average. */
  answerGraceMs: 30_000,
  answerBytesPerSecondMin: 8192,
}

export type HttpLimits = typeof HTTP_LIMITS

const IDLE_SWEEP_MS = 50

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
  const server = createServer(
    {
      // Looked for with everything else about it.
      requireHostHeader: false,
      maxHeaderSize: limits.headersBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, response) => {
      // What was sent behind a refused request may be a part of it.
      if (refused.has(request.socket)) return
      if (first?.(request, response) === true) return
      answers.set(request.socket, response)
      const fault = faultOf(request)
      if (fault === undefined) return void answer(request, response)
      refused.add(request.socket)
      refuse(response, fault)
    },
  )
  server.maxHeadersCount = limits.headersCountMax
  refuseUnread(server, answers)
  const stopWatching = watchReaders(server, limits)
  // Under node:cluster a connection too many would, undropped, be handed from one full worker to the next without end.
  Object.assign(server, { maxConnections: options.connectionsMax, dropMaxConnection: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.hostname, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server).finally(stopWatching),
  }
}

/** Connections that are kept alive count as idle only between two requests, so they are looked for until all are gone. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
    server.close((error) => {
      clearInterval(sweep)
      if (error === undefined) resolve()
      else reject(error)
    })
    server.closeIdleConnections()
  })
}

/**
 * Answers what Node makes no request of: what its parser or its clock refuses, and tunnels.
 *
 * @param answers - the last answer of each connection
 */
function refuseUnread(server: Server, answers: WeakMap<Duplex, ServerResponse>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = answers.get(socket)
    // Into an answer that has begun, nothing can be written.
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
