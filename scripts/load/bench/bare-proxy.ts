import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { BareAnswer } from './bare-server.ts'
import { answerCalls } from './processes.ts'

/** A response for requests whose path ends with this. */
export type BareRoute = BareAnswer & { path: string }

type BareProxyOrder = {
  routes: readonly BareRoute[]
  /** The target of all other requests. */
  originPort: number
}

const KEEP_ALIVE_TIMEOUT_MS = 65_000
const CONNECTIONS_MAX = 256

const calls = {
  /**
   * Responds to what it has a route for and proxies all else, with the minimum of node:http and undici. Returns the
   * port.
   */
  serve({ routes, originPort }: BareProxyOrder): Promise<number> {
    const origin = new Pool(`http://127.0.0.1:${originPort}`, { connections: CONNECTIONS_MAX })
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
      const own = routes.find(({ path }) => request.url?.endsWith(path))
      if (own === undefined) void sendOn(origin, request, response)
      else response.writeHead(own.status, own.headers).end(own.body)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },
}

export type BareProxyCalls = typeof calls

async function sendOn(origin: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = await origin.request({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: { authorization: request.headers.authorization ?? '' },
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    })
    const body = Buffer.from(await answer.body.arrayBuffer())
    response.writeHead(answer.statusCode, answer.headers).end(body)
  } catch {
    response.destroy() // the load counts no answer that is missing
  }
}

answerCalls(calls)
