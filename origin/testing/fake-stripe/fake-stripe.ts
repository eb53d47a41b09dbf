import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createIntents } from './fake-intents.ts'
import {
  answer,
  errorBody,
  type FakeAnswer,
  type FakeDispute,
  type FakeIntent,
  type FakeRefund,
  intentBody,
} from './fixtures.ts'

/**
 * Failure modes of a request:
 * - a number: Stripe responds with an error of this status and does nothing
 * - `cached-500`: the same, and caches it for the idempotency key
 * - `lose`: carries it out, and closes the connection without a response
 * - `stall`: carries it out, and never responds
 */
type Fault = { path: RegExp; how: number | 'cached-500' | 'lose' | 'stall' }

export type FakeStripe = {
  url: string
  /** Each applies to one request, the first whose `METHOD /path` it matches. */
  faults: Fault[]
  /** Every request, as `METHOD /path`. */
  seen: string[]
  intents: ReadonlyMap<string, FakeIntent>
  /** Refunds and disputes; a test that adds to them acts as Stripe's dashboard. */
  refunds: Map<string, FakeRefund>
  disputes: Map<string, FakeDispute>
  /** Whether new intents are found by search, which in reality takes up to an hour. */
  searchable: boolean
  /** Stripe caches responses for a day: this is the day after. */
  forgetKeys(): void
  close(): Promise<void>
}

/** The part of Stripe's API that Naru uses, as in its OpenAPI description (github.com/stripe/openapi), on this host. */
export async function startFakeStripe(): Promise<FakeStripe> {
  const cached = new Map<string, { request: string; answer: FakeAnswer }>()
  const ledger = createIntents()
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeStripe = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: [],
    seen: [],
    intents: ledger.intents,
    refunds: ledger.refunds,
    disputes: ledger.disputes,
    searchable: true,
    forgetKeys: () => cached.clear(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  return fake

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://stripe')
    const body = await text(request)
    const name = `${request.method} ${url.pathname}`
    fake.seen.push(name)
    if (request.headers.authorization !== 'Bearer sk_test_1') return send(response, answer(401, 'invalid'))
    const how = nextFault(name)
    if (typeof how === 'number')
      return send(response, answer(how, how === 409 ? 'idempotency_key_in_use' : 'rate_limit'))

    const key = request.headers['idempotency-key']
    const made = typeof key === 'string' ? once(key, `${name} ${body}`, run) : run()
    if (how === 'lose') response.destroy()
    else if (how !== 'stall') send(response, made)

    function run(): FakeAnswer {
      if (how === 'cached-500') return answer(500, 'api_error')
      return handle(name, url.searchParams, new URLSearchParams(body))
    }
  }

  function nextFault(name: string): Fault['how'] | undefined {
    const at = fake.faults.findIndex(({ path }) => path.test(name))
    return at === -1 ? undefined : fake.faults.splice(at, 1)[0]?.how
  }

  /** https://docs.stripe.com/api/idempotent_requests */
  function once(key: string, request: string, run: () => FakeAnswer): FakeAnswer {
    const earlier = cached.get(key)
    if (earlier === undefined) {
      const made = run()
      cached.set(key, { request, answer: made })
      return made
    }
    if (earlier.request !== request) {
      return { status: 400, body: errorBody('idempotency_error', undefined, 'Keys are for one request') }
    }
    return { ...earlier.answer, replayed: true }
  }

  function handle(name: string, query: URLSearchParams, form: URLSearchParams): FakeAnswer {
    const [, method = '', resource = '', id = '', action = ''] =
      /^(\w+) \/v1\/(\w+)\/?(\w*)\/?(\w*)$/.exec(name) ?? []
    if (resource === 'disputes') return ledger.listReversed(resource, query)
    if (resource === 'refunds') return handleRefund(method, id, query, form)
    if (id === '') return method === 'POST' ? ledger.create(form) : ledger.list(query)
    if (id === 'search') return ledger.search(query, fake.searchable)
    return handleOne(id, action, form)
  }

  function handleRefund(
    method: string,
    id: string,
    query: URLSearchParams,
    form: URLSearchParams,
  ): FakeAnswer {
    if (method === 'POST') return ledger.refund(form)
    return id === '' ? ledger.listReversed('refunds', query) : ledger.readRefund(id)
  }

  function handleOne(id: string, action: string, form: URLSearchParams): FakeAnswer {
    const intent = ledger.intents.get(id)
    if (intent === undefined) return answer(404, 'resource_missing')
    if (action === 'confirm') return ledger.confirm(intent, form)
    if (action === 'cancel') return ledger.cancel(intent)
    return { status: 200, body: intentBody(intent) }
  }
}

function send(response: ServerResponse, { status, body, replayed }: FakeAnswer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_test',
    ...(replayed === true ? { 'idempotent-replayed': 'true' } : {}),
  })
  response.end(JSON.stringify(body))
}
