import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { createFakeSale, type FakeAnswer, type FakeRequest, type FakeSale, problem } from './fake-sale.ts'

const ROUTES = {
  festivals: ['GET', /^\/api\/festivals$/],
  status: ['GET', /^\/api\/rooms\/harbour\/status$/],
  enter: ['POST', /^\/api\/rooms\/harbour\/entries$/],
  signUp: ['POST', /^\/api\/accounts$/],
  place: ['GET', /^\/api\/rooms\/harbour\/place$/],
  claim: ['POST', /^\/api\/rooms\/harbour\/claims$/],
  hold: ['PUT', /^\/api\/rooms\/harbour\/hold$/],
  leave: ['DELETE', /^\/api\/rooms\/harbour\/pass$/],
  pay: ['POST', /^\/api\/rooms\/harbour\/payments$/],
  payment: ['GET', /^\/api\/rooms\/harbour\/payments\/([^/]+)$/],
  complete: ['POST', /^\/api\/rooms\/harbour\/payments\/([^/]+)\/completion$/],
  abandon: ['DELETE', /^\/api\/rooms\/harbour\/payments\/([^/]+)$/],
  order: ['GET', /^\/api\/orders\/([^/]+)$/],
  orders: ['GET', /^\/api\/orders$/],
} as const satisfies Record<string, readonly [method: string, path: RegExp]>

export type Route = keyof typeof ROUTES

/**
 * A replacement for one request: a response, or a cut before it is processed, or after, or in the middle of the
 * response.
 */
export type Spoil = FakeAnswer | 'cut-before' | 'cut-after' | 'cut-within'

export type FakeGateway = FakeSale & {
  url: string
  /** Makes the next requests of a route fail, one each. */
  spoil(route: Route, ...spoils: Spoil[]): void
  /** Sends this response to every request of a route, until changed. */
  always(route: Route, answer: FakeAnswer | undefined): void
  asked(route: Route): FakeRequest[]
}

/** A gateway for fans over real HTTP, with injected failures; closed when the running test ends. */
export async function openFakeGateway(): Promise<FakeGateway> {
  const sale = createFakeSale()
  const requests: { route: Route; request: FakeRequest }[] = []
  const spoils: { route: Route; spoil: Spoil }[] = []
  const fixed = new Map<Route, FakeAnswer>()

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = findRoute(incoming)
    if (found === undefined) return send(response, problem(404, 'not-found'))
    const { route, id } = found
    const request: FakeRequest = {
      id,
      token: incoming.headers.authorization?.replace(/^Bearer /, ''),
      idempotencyKey: incoming.headers['idempotency-key']?.toString(),
      etag: incoming.headers['if-none-match'],
      body: hasBody(incoming) ? await json(incoming) : undefined,
    }
    requests.push({ route, request })
    const next = spoils.findIndex((each) => each.route === route)
    const spoil = next < 0 ? undefined : spoils.splice(next, 1)[0]?.spoil
    if (spoil === 'cut-before') return void response.destroy()
    if (typeof spoil === 'object') return send(response, spoil)
    const answer = fixed.get(route) ?? sale.answer[route](request)
    if (spoil === 'cut-after') return void response.destroy()
    if (spoil === 'cut-within')
      return void response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy())
    send(response, answer)
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    ...sale,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoil(route, ...more) {
      spoils.push(...more.map((spoil) => ({ route, spoil })))
    },
    always(route, answer) {
      if (answer === undefined) fixed.delete(route)
      else fixed.set(route, answer)
    },
    asked: (route) => requests.filter((each) => each.route === route).map(({ request }) => request),
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-type'] !== undefined
}

function findRoute({ method, url = '' }: IncomingMessage): { route: Route; id: string } | undefined {
  for (const route of Object.keys(ROUTES) as Route[]) {
    const [routeMethod, path] = ROUTES[route]
    const match = method === routeMethod ? path.exec(url) : null
    if (match !== null) return { route, id: match[1] ?? '' }
  }
  return undefined
}

function send(response: ServerResponse, { status, body, retryAfterSeconds, etag }: FakeAnswer): void {
  const headers: Record<string, string> = {}
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  if (etag !== undefined) headers['etag'] = etag
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
