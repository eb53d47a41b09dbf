import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { readPrivateKey } from '../../../shared/tokens/keys.ts'
import { AUDIENCES } from '../../../shared/tokens/kinds.ts'
import { createTokenSigner } from '../../../shared/tokens/sign.ts'
import { type Answer, type Call, exchange } from '../replay/exchange.ts'
import { answerCalls } from './processes.ts'

type ControlOrder = {
  gatewayUrl: string
  originUrl: string
  room: string
  ticketType: number
  sessionKeyBase64: string
  /** One fan each, who returns repeatedly. */
  accounts: readonly string[]
  /** How often an admitted fan changes the basket, directly at the origin. */
  changes: number
}

export type ControlSample = {
  /** How many called fans were admitted. */
  claims: number
  orders: number
  /** Responses with an unexpected status. */
  errors: number
  /** The 95th percentile of a step of the purchase; undefined when there was none. */
  stepP95Ms: number | undefined
}

const CONNECTIONS = 256
const SESSION_SECONDS = 7200
const STATUS_MS = 100
const PAYMENT_MS = 250
const HELD_MS = 1000
const POLL_MS = 50
/** One in this many leaves without buying. */
const LEAVING = 5
const REQUEST_MS_MAX = 30_000

let stepsMs: number[] = []
let counts = { claims: 0, orders: 0, errors: 0 }
let serving = -1
let stopping: AbortController | undefined

const calls = {
  /** Sends fans until stopped: each enters, waits, claims, buys or leaves, and returns. */
  async start(order: ControlOrder): Promise<void> {
    const running = new AbortController()
    stopping = running
    const options = { connections: CONNECTIONS, headersTimeout: REQUEST_MS_MAX, bodyTimeout: REQUEST_MS_MAX }
    const gateway = new Pool(order.gatewayUrl, options)
    const origin = new Pool(order.originUrl, options)
    const signSession = createTokenSigner('session', readPrivateKey('session', order.sessionKeyBase64))
    void follow(gateway, order.room, running.signal)
    for (const [n, sub] of order.accounts.entries()) {
      const iat = Math.floor(Date.now() / 1000)
      const who = { sub, name: 'Fan', roles: ['fan' as const] }
      const session = signSession({ aud: AUDIENCES.session, ...who, iat, exp: iat + SESSION_SECONDS })
      void comeAgain({ order, gateway, origin, session, signal: running.signal }, n)
    }
  },

  /** The counts since the last call. */
  async read(_: undefined): Promise<ControlSample> {
    const sorted = stepsMs.toSorted((a, b) => a - b)
    const sample = { ...counts, stepP95Ms: sorted[Math.floor(sorted.length * 0.95)] }
    stepsMs = []
    counts = { claims: 0, orders: 0, errors: 0 }
    return sample
  },

  async stop(_: undefined): Promise<void> {
    stopping?.abort()
  },
}

export type ControlCalls = typeof calls

type Going = { order: ControlOrder; gateway: Pool; origin: Pool; session: string; signal: AbortSignal }

/** One poll for all: a waiting fan costs the gateway almost nothing, and must not cost the client more. */
async function follow(gateway: Pool, room: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { body } = await exchange(gateway, { method: 'GET', path: `/api/rooms/${room}/status` }, signal)
      serving = Number((body as { serving?: number }).serving ?? serving)
    } catch {
      counts.errors += signal.aborted ? 0 : 1
    }
    await wait(STATUS_MS)
  }
}

async function comeAgain(going: Going, n: number): Promise<void> {
  for (let visit = n; !going.signal.aborted; visit += 1) {
    try {
      await come(going, visit % LEAVING === 0)
    } catch {
      if (going.signal.aborted) return
      counts.errors += 1
      await wait(HELD_MS)
    }
  }
}

async function come({ order, gateway, origin, session, signal }: Going, leaves: boolean): Promise<void> {
  const { room, ticketType, changes } = order
  const send = (pool: Pool, call: Call) => exchange(pool, call, signal)
  const path = (of: string) => `/api/rooms/${room}/${of}`
  const body = { key: randomBytes(16).toString('base64url') }
  const entered = expectStatus(await send(gateway, { method: 'POST', path: path('entries'), body }), 201)
  const { place, index } = entered as { place: string; index: number }
  while (serving < index) await wait(POLL_MS, undefined, { signal })

  const claim = { method: 'POST' as const, path: path('claims'), token: session, body: { place } }
  let claimed = await send(gateway, claim)
  while (claimed.code === 'no-free-slot') {
    await wait(HELD_MS, undefined, { signal })
    claimed = await send(gateway, claim)
  }
  const { pass } = expectStatus(claimed, 201) as { pass: string }
  counts.claims += 1

  for (let change = 0; change <= changes; change += 1) {
    const basket = [{ type: ticketType, quantity: 1 + (change % 2) }]
    const hold = { method: 'PUT' as const, path: path('hold'), token: pass, body: { basket } }
    expectStatus(await timed(() => send(change < changes ? origin : gateway, hold)), 200)
  }
  if (leaves) {
    expectStatus(await send(gateway, { method: 'DELETE', path: path('pass'), token: pass }), 204)
    return
  }
  const headers = { 'idempotency-key': randomUUID() }
  const pay = {
    method: 'POST' as const,
    path: path('payments'),
    token: pass,
    headers,
    body: { method: 'card-ok' },
  }
  const { id } = expectStatus(await timed(() => send(gateway, pay)), 202) as { id: string }
  for (;;) {
    const ask = { method: 'GET' as const, path: path(`payments/${id}`), token: session }
    const { state } = expectStatus(await timed(() => send(gateway, ask)), 200) as { state: string }
    if (state === 'confirmed') break
    await wait(PAYMENT_MS, undefined, { signal })
  }
  counts.orders += 1
}

async function timed(send: () => Promise<Answer>): Promise<Answer> {
  const startMs = performance.now()
  const answer = await send()
  stepsMs.push(performance.now() - startMs)
  return answer
}

function expectStatus({ status, body, code }: Answer, expected: number): unknown {
  if (status !== expected) throw new Error(`${status} ${code ?? ''} instead of ${expected}`)
  return body
}

answerCalls(calls)
