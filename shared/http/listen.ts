import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'

/** What is served: a Hono app, or anything that answers requests as one does. */
export type App = { fetch: (request: Request, env: HttpBindings) => Response | Promise<Response> }

export type ListenOptions = {
  hostname: string
  /** 0 lets the system choose. */
  port: number
  connectionsMax: number
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
  const server = createAdaptorServer({
    // Only HTTP/1.1 is served, whose bindings these are.
    fetch: (request, env) => app.fetch(request, env as HttpBindings),
    serverOptions: {
      maxHeaderSize: HEADERS_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
  }) as Server
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
