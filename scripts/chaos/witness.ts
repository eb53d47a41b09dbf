import { z } from 'zod'
import type { Client } from '../replay/client.ts'
import { PaymentSchema } from '../replay/contract.ts'
import type { Answer, Call } from '../replay/exchange.ts'

/** All that fans were told of one payment. */
export type ToldPayment = {
  /** How it ended, each way once; more than one is a contradiction. */
  ends: Set<string>
  /** The orders it was said to have become. */
  orders: Set<string>
  /** Someone who had been told that it is accepted was told that there is no such payment. */
  isDenied: boolean
}

export type Witness = {
  client: Client
  /** By the payment's ID. */
  payments: ReadonlyMap<string, ToldPayment>
}

const ENDS: readonly string[] = ['confirmed', 'declined', 'refunded', 'expired']
const ACCEPT = /^\/api\/rooms\/[^/]+\/payments$/
const FOLLOW = /^\/api\/rooms\/[^/]+\/payments\/([^/?]+)/
const IdSchema = z.object({ id: z.string() })

/** Listens to what fans are told about payments, however often and whatever they make of it. */
export function createWitness(client: Client): Witness {
  const payments = new Map<string, ToldPayment>()

  function told(id: string): ToldPayment {
    const known = payments.get(id) ?? { ends: new Set(), orders: new Set(), isDenied: false }
    payments.set(id, known)
    return known
  }

  function hear({ method, path }: Call, answer: Answer): void {
    if (method === 'POST' && ACCEPT.test(path)) hearAccepted(answer)
    const [, followed] = method === 'GET' ? (FOLLOW.exec(path) ?? []) : []
    if (followed !== undefined) hearFollowed(followed, answer)
  }

  function hearAccepted({ status, body }: Answer): void {
    const accepted = IdSchema.safeParse(body)
    if (status === 202 && accepted.success) told(accepted.data.id)
  }

  function hearFollowed(id: string, { status, body }: Answer): void {
    if (status === 404) told(id).isDenied = true
    const payment = PaymentSchema.safeParse(body)
    if (status !== 200 || !payment.success) return
    const { state, order } = payment.data
    if (ENDS.includes(state)) told(id).ends.add(state)
    if (order !== undefined) told(id).orders.add(order)
  }

  return {
    payments,
    client: {
      ...client,
      async send(asker, call) {
        const answer = await client.send(asker, call)
        hear(call, answer)
        return answer
      },
    },
  }
}
