import { z } from 'zod'
import type { Asker, Client } from '../replay/client.ts'
import { PaymentSchema } from '../replay/contract.ts'
import type { Answer, Call } from '../replay/exchange.ts'
import { createPassObserver, type ObservedPass } from './pass-observer.ts'
import { claimsOf } from './token-claims.ts'

/** Everything that fans were told about one payment. */
export type ObservedPayment = {
  /** Its outcomes, each once; more than one is a contradiction. */
  ends: Set<string>
  /** The orders that were returned for it. */
  orders: Set<string>
  /** A fan whose payment was accepted was told that it does not exist. */
  isDenied: boolean
}

export type Observer = {
  client: Client
  /** By the payment's ID. */
  payments: ReadonlyMap<string, ObservedPayment>
  /** By the pass's ID. */
  passes: ReadonlyMap<string, ObservedPass>
  /** The payments returned for an Idempotency-Key of a fan; more than one is a contradiction. */
  keys: ReadonlyMap<string, ReadonlySet<string>>
  /** Requests the outcomes that are not known yet, as their fans could. */
  askForEnds(asker: Asker): Promise<void>
}

const ENDS: readonly string[] = ['confirmed', 'declined', 'refunded', 'expired']
const ACCEPT = /^\/api\/rooms\/[^/]+\/payments$/
const FOLLOW = /^\/api\/rooms\/[^/]+\/payments\/([^/?]+)/
const COMPLETE = /\/completion$/
const IdSchema = z.object({ id: z.string() })

/** Records all responses to fans about payments and passes, including retries. */
export function createObserver(client: Client, now = () => performance.now()): Observer {
  const payments = new Map<string, ObservedPayment>()
  const keys = new Map<string, Set<string>>()
  /** The path of each payment, and its account. */
  const accepted = new Map<string, { path: string; account: string | undefined }>()
  const passes = createPassObserver()

  function observed(id: string): ObservedPayment {
    const known = payments.get(id) ?? { ends: new Set(), orders: new Set(), isDenied: false }
    payments.set(id, known)
    return known
  }

  function observe(call: Call, answer: Answer): void {
    const { method, path } = call
    if (method === 'POST' && ACCEPT.test(path)) observeAccepted(call, answer)
    const [, followed] = method === 'GET' || COMPLETE.test(path) ? (FOLLOW.exec(path) ?? []) : []
    if (followed !== undefined) observeFollowed(followed, answer)
  }

  function observeAccepted({ path, token, headers }: Call, { status, body }: Answer): void {
    const found = IdSchema.safeParse(body)
    if (status !== 202 || !found.success) return
    const { id } = found.data
    observed(id)
    const account = claimsOf(token)?.sub
    accepted.set(id, { path: `${path}/${id}`, account })
    const key = `${account} ${headers?.['idempotency-key']}`
    keys.set(key, (keys.get(key) ?? new Set()).add(id))
  }

  function observeFollowed(id: string, { status, body }: Answer): void {
    if (status === 404) observed(id).isDenied = true
    const payment = PaymentSchema.safeParse(body)
    if (status !== 200 || !payment.success) return
    const { state, order } = payment.data
    if (ENDS.includes(state)) observed(id).ends.add(state)
    if (order !== undefined) observed(id).orders.add(order)
  }

  async function send(asker: Asker, call: Call): Promise<Answer> {
    const sentMs = now()
    const answer = await client.send(asker, call)
    observe(call, answer)
    passes.observe(call, answer, { sentMs, answeredMs: now() })
    return answer
  }

  return {
    payments,
    keys,
    passes: passes.observed,
    client: { ...client, send },
    async askForEnds(asker) {
      for (const [id, { path, account }] of accepted) {
        const token = account === undefined ? undefined : passes.sessionOf(account)
        if (observed(id).ends.size > 0 || token === undefined) continue
        await send(asker, { method: 'GET', path, token })
      }
    },
  }
}
