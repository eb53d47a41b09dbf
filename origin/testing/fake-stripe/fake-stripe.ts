import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { startFakeServer } from '../fake-server.ts'
import { type BankDecision, confirmWith, decideAtBank } from './fake-intents.ts'
import { endRefund } from './fake-refunds.ts'
import { answer, type FakeAnswer, type FakeDispute, type FakeIntent, type FakeRefund } from './fixtures.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { createLedger, newId } from './ledger.ts'
import { handle } from './routes.ts'

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
  /** What the Payment Element makes of what a fan enters: the ID of a ConfirmationToken. */
  newToken(paymentMethod: string): string
  /** Ends the action of a payment; returns false where none waits for it. */
  decideAtBank(payment: string, decision: BankDecision): boolean
  /** A fan's own script, which knows an intent's secret, pays it with a card; returns whether that charged it. */
  payInBrowser(intent: FakeIntent, paymentMethod: string): boolean
  /** The end of every pending refund. */
  endRefunds(end: 'succeeded' | 'failed'): void
  /** Whether new intents are found by search, which in reality takes up to an hour. */
  searchable: boolean
  /** Stripe caches responses for a day: this is the day after. */
  forgetKeys(): void
  close(): Promise<void>
}

const API_VERSION = '2026-10-28.endive'

/**
 * The part of Stripe's API that Naru uses, on this host, as in Stripe's OpenAPI document (github.com/stripe/openapi)
 * v2596. It rejects other API versions, and parameters that are not in `parameters.ts`.
 */
export async function startFakeStripe(): Promise<FakeStripe> {
  const cached = createKeptAnswers()
  const ledger = createLedger()
  const fake: FakeStripe = {
    ...(await startFakeServer(serve)),
    faults: [],
    seen: [],
    ...ledger,
    newToken(paymentMethod) {
      const id = newId('ctoken')
      ledger.tokens.set(id, { paymentMethod })
      return id
    },
    decideAtBank(payment, decision) {
      const intent = [...ledger.intents.values()].findLast((each) => each.payment === payment)
      return intent !== undefined && decideAtBank(intent, decision)
    },
    payInBrowser(intent, paymentMethod) {
      confirmWith(intent, paymentMethod, 'https://naru.test/')
      return intent.charged
    },
    endRefunds(end) {
      for (const made of ledger.refunds.values())
        if (/pending|action/.test(made.status)) endRefund(ledger, made, end)
    },
    searchable: true,
    forgetKeys: cached.forget,
  }
  return fake

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://stripe')
    const body = await text(request)
    const name = `${request.method} ${url.pathname}`
    fake.seen.push(name)
    const rejected = rejectHeaders(request)
    if (rejected !== undefined) return send(response, rejected)
    const how = nextFault(fake.faults, name)
    if (typeof how === 'number')
      return send(response, answer(how, how === 409 ? 'idempotency_key_in_use' : 'rate_limit'))

    const key = request.headers['idempotency-key']
    const made = typeof key === 'string' ? cached.once(key, `${name} ${body}`, run) : run()
    if (how === 'lose') response.destroy()
    else if (how !== 'stall') send(response, made)

    function run(): FakeAnswer {
      if (how === 'cached-500') return answer(500, 'api_error')
      const { searchable } = fake
      return handle(ledger, { name, query: url.searchParams, form: new URLSearchParams(body), searchable })
    }
  }
}

function rejectHeaders({ headers }: IncomingMessage): FakeAnswer | undefined {
  if (headers.authorization !== 'Bearer sk_test_1') return answer(401, 'invalid')
  return headers['stripe-version'] === API_VERSION ? undefined : answer(400, 'version')
}

/** Takes the first failure mode that a request matches. */
function nextFault(faults: Fault[], name: string): Fault['how'] | undefined {
  const at = faults.findIndex(({ path }) => path.test(name))
  return at === -1 ? undefined : faults.splice(at, 1)[0]?.how
}

function send(response: ServerResponse, { status, body, replayed }: FakeAnswer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_test',
    ...(replayed === true ? { 'idempotent-replayed': 'true' } : {}),
  })
  response.end(JSON.stringify(body))
}
