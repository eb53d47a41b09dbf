import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type FakeStore, handle } from './api.ts'
import { type FakeAnswer, type FakePayment, refusal } from './records.ts'
import { createWindow, type FakeWindow } from './window.ts'

/**
 * Failure modes of a request:
 * - a number: PortOne responds with an error of this status and does nothing
 * - `lose`: carries it out, and closes the connection without a response
 * - `stall`: carries it out, and never responds
 */
type Fault = { path: RegExp; how: number | 'lose' | 'stall' }

export type FakePortone = Pick<FakeStore, 'cancellationsEnd' | 'refundAccounts' | 'registered'> & {
  url: string
  window: FakeWindow
  payments: ReadonlyMap<string, FakePayment>
  searchedMax: number
  /** Each applies to one request, the first whose `METHOD /path` it matches. */
  faults: Fault[]
  /** Every request, as `METHOD /path`. */
  seen: string[]
  close(): Promise<void>
}

export const FAKE_API_SECRET = 'test-secret-1'
export const FAKE_STORE_ID = 'store-00000000-0000-4000-8000-000000000001'

/**
 * The part of PortOne's V2 API that Naru uses, on this host: the OpenAPI document of version 1.16.0
 * (github.com/portone-io/developers.portone.io, commit af926bd2, src/schema/v2.openapi.json), with the types that
 * `@portone/server-sdk` makes of it.
 */
export async function startFakePortone(): Promise<FakePortone> {
  const store: FakeStore = {
    ...{ storeId: FAKE_STORE_ID, registered: new Map(), payments: new Map() },
    ...{ cancellationsEnd: [], refundAccounts: [], searchedMax: 60_000 },
  }
  /** The answers under idempotency keys, which PortOne returns again for three hours. */
  const cached = new Map<string, FakeAnswer>()
  const faults: Fault[] = []
  const seen: string[] = []
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(store, { url, window: createWindow(store), faults, seen, close })

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', url)
    const body = await text(request)
    const name = `${request.method} ${pathname}`
    seen.push(name)
    if (request.headers.authorization !== `PortOne ${FAKE_API_SECRET}`) {
      return send(response, refusal(401, 'UNAUTHORIZED'))
    }
    const at = faults.findIndex(({ path }) => path.test(name))
    const how = at === -1 ? undefined : faults.splice(at, 1)[0]?.how
    if (typeof how === 'number')
      return send(response, refusal(how, how === 404 ? 'PAYMENT_NOT_FOUND' : 'FAULT'))
    const answer = once(request.headers['idempotency-key'], () =>
      handle(store, {
        ...{ method: request.method ?? '', path: decodeURIComponent(pathname), query: searchParams },
        body: body === '' ? undefined : JSON.parse(body),
      }),
    )
    if (how === 'lose') response.destroy()
    else if (how !== 'stall') send(response, answer)
  }

  function once(key: string | string[] | undefined, run: () => FakeAnswer): FakeAnswer {
    if (typeof key !== 'string') return run()
    if (!/^"[\w-]{16,256}"$/.test(key)) return refusal(400, 'INVALID_REQUEST')
    const answer = cached.get(key) ?? run()
    cached.set(key, answer)
    return answer
  }
}

function send(response: ServerResponse, { status, body }: FakeAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
