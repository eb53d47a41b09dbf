import { z } from 'zod'
import type { Asker, Client } from '../replay/client.ts'
import { PaymentSchema } from '../replay/contract.ts'
import type { Answer, Call } from '../replay/exchange.ts'
import { createPassObserver, type ToldPass } from './pass-observer.ts'
import { claimsOf } from './token-claims.ts'

/** All that fans were told of one payment. */
export type ToldPayment = {
  /** How it ended, each way once; more than one is a contradiction. */
  ends: Set<string>
  /** The orders it was said to have become. */
  orders: Set<string>
  /** Someone who had been told that it is accepted was told that there is no such payment. */
  isDenied: boolean
}

export type Observer = {
  client: Client
  /** By the payment's ID. */
  payments: ReadonlyMap<string, ToldPayment>
  /** By the pass's ID. */
  passes: ReadonlyMap<string, ToldPass>
  /** Which payments an Idempotency-Key of a fan was said to stand for; more than one is a contradiction. */
  keys: ReadonlyMap<string, ReadonlySet<string>>
  /** Asks how those payments ended of which nobody has heard it, as their fans could. */
  askForEnds(asker: Asker): Promise<void>
}

const ENDS: readonly string[] = ['confirmed', 'declined', 'refunded', 'expired']
const ACCEPT = /^\/api\/rooms\/[^/]+\/payments$/
const FOLLOW = /^\/api\/rooms\/[^/]+\/payments\/([^/?]+)/
const IdSchema = z.object({ id: z.string() })

/** Listens to what fans are told about payments and passes, however often and whatever they make of it. */
export function createObserver(client: Client, now = () => performance.now()): Observer {
  const payments = new Map<string, ToldPayment>()
  const keys = new Map<string, Set<string>>()
  /** Where each payment is asked for, and by whose account. */
  const accepted = new Map<string, { path: string; account: string | undefined }>()
  const passes = createPassObserver()

  function told(id: string): ToldPayment {
    const known = payments.get(id) ?? { ends: new Set(), orders: new Set(), isDenied: false }
    payments.set(id, known)
    return known
  }

  function hear(call: Call, answer: Answer): void {
    const { method, path } = call
    if (method === 'POST' && ACCEPT.test(path)) hearAccepted(call, answer)
    const [, followed] = method === 'GET' ? (FOLLOW.exec(path) ?? []) : []
    if (followed !== undefined) hearFollowed(followed, answer)
  }

  function hearAccepted({ path, token, headers }: Call, { status, body }: Answer): void {
    const found = IdSchema.safeParse(body)
    if (status !== 202 || !found.success) return
    const { id } = found.data
    told(id)
    const account = claimsOf(token)?.sub
    accepted.set(id, { path: `${path}/${id}`, account })
    const key = `${account} ${headers?.['idempotency-key']}`
    keys.set(key, (keys.get(key) ?? new Set()).add(id))
  }

  function hearFollowed(id: string, { status, body }: Answer): void {
    if (status === 404) told(id).isDenied = true
    const payment = PaymentSchema.safeParse(body)
    if (status !== 200 || !payment.success) return
    const { state, order } = payment.data
    if (ENDS.includes(state)) told(id).ends.add(state)
    if (order !== undefined) told(id).orders.add(order)
  }

  async function send(asker: Asker, call: Call): Promise<Answer> {
    const sentMs = now()
    const answer = await client.send(asker, call)
    hear(call, answer)
    passes.hear(call, answer, { sentMs, answeredMs: now() })
    return answer
  }

  return {
    payments,
    keys,
    passes: passes.told,
    client: { ...client, send },
    async askForEnds(asker) {
      for (const [id, { path, account }] of accepted) {
        const token = account === undefined ? undefined : passes.sessionOf(account)
        if (told(id).ends.size > 0 || token === undefined) continue
        await send(asker, { method: 'GET', path, token })
      }
    },
  }
}
