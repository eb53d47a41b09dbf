import { z } from 'zod'
import { PassSchema } from '../replay/contract.ts'
import type { Answer, Call } from '../replay/exchange.ts'
import { claimsOf } from './token-claims.ts'

/** A pass that a fan received, and its use at the origin. */
export type ToldPass = {
  account: string
  /** The index of the place it was claimed with: its position, in a room with arrival order. */
  position: number
  /**
   * When it was certainly valid: from the first response that accepted it until the last such request was sent.
   * Undefined when it was not used twice.
   */
  good: { fromMs: number; untilMs: number } | undefined
}

/** When a request was sent, including its retries, and when the response arrived. */
type Heard = { sentMs: number; answeredMs: number }

export type PassObserver = {
  /** By the pass's ID. */
  told: ReadonlyMap<string, ToldPass>
  sessionOf(account: string): string | undefined
  hear(call: Call, answer: Answer, heard: Heard): void
}

const CLAIM = /^\/api\/rooms\/[^/]+\/claims$/
const USE = /^\/api\/rooms\/[^/]+\/(hold|payments)$/
const BodySchema = z.object({ place: z.string() })

export function createPassObserver(): PassObserver {
  const told = new Map<string, ToldPass>()
  const sessions = new Map<string, string>()
  const firstMs = new Map<string, number>()

  function hearClaim({ token, body }: Call, answer: Answer): void {
    const account = claimsOf(token)?.sub
    if (account !== undefined && token !== undefined) sessions.set(account, token)
    const given = PassSchema.safeParse(answer.body)
    const asked = BodySchema.safeParse(body)
    if (answer.status !== 201 || !given.success || !asked.success || account === undefined) return
    const id = claimsOf(given.data.pass)?.jti
    const position = claimsOf(asked.data.place)?.index
    if (id === undefined || position === undefined || told.has(id)) return
    told.set(id, { account, position, good: undefined })
  }

  function hearUse({ token }: Call, { status }: Answer, { sentMs, answeredMs }: Heard): void {
    const id = claimsOf(token)?.jti
    const pass = id === undefined ? undefined : told.get(id)
    if (status >= 300 || id === undefined || pass === undefined) return
    const fromMs = firstMs.get(id)
    if (fromMs === undefined) firstMs.set(id, answeredMs)
    else if (sentMs > fromMs) pass.good = { fromMs, untilMs: sentMs }
  }

  return {
    told,
    sessionOf: (account) => sessions.get(account),
    hear(call, answer, heard) {
      if (call.method === 'POST' && CLAIM.test(call.path)) hearClaim(call, answer)
      if (call.method !== 'GET' && USE.test(call.path)) hearUse(call, answer, heard)
    },
  }
}
