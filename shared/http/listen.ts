import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'

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
}

export type Listening = {
  port: number
  /** Takes no new connections, waits for the requests under way, then resolves. */
  close(): Promise<void>
}

const HEADERS_BYTES_MAX = 16 * 1024
const HEADERS_COUNT_MAX = 64
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const IDLE_SWEEP_MS = 50
/** Above the 60 s of common load balancers, so that the balancer and not the server ends an idle connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** Serves an app over HTTP/1.1 with a limit on everything a client can make it hold. */
export async function listen(app: App, options: ListenOptions): Promise<Listening> {
  const { first } = options
  // Only HTTP/1.1 is served, whose bindings these are.
  const answer = getRequestListener((request, env) => app.fetch(request, env as HttpBindings))
  const server = createServer(
    {
      maxHeaderSize: HEADERS_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    (request, response) => {
      if (first?.(request, response) !== true) void answer(request, response)
    },
  )
  server.maxHeadersCount = HEADERS_COUNT_MAX
  server.maxConnections = options.connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.hostname, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server),
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
