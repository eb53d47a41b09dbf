import { z } from 'zod'
import { PassSchema } from '../replay/contract.ts'
import type { Answer, Call } from '../replay/exchange.ts'
import { claimsOf } from './token-claims.ts'

/** A pass that a fan received, and its use at the origin. */
export type ObservedPass = {
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
type CallTimes = { sentMs: number; answeredMs: number }

export type PassObserver = {
  /** By the pass's ID. */
  observed: ReadonlyMap<string, ObservedPass>
  sessionOf(account: string): string | undefined
  observe(call: Call, answer: Answer, times: CallTimes): void
}

const CLAIM = /^\/api\/rooms\/[^/]+\/claims$/
const USE = /^\/api\/rooms\/[^/]+\/(hold|payments)$/
const BodySchema = z.object({ place: z.string() })

export function createPassObserver(): PassObserver {
  const observed = new Map<string, ObservedPass>()
  const sessions = new Map<string, string>()
  const firstMs = new Map<string, number>()

  function observeClaim({ token, body }: Call, answer: Answer): void {
    const account = claimsOf(token)?.sub
    if (account !== undefined && token !== undefined) sessions.set(account, token)
    const given = PassSchema.safeParse(answer.body)
    const asked = BodySchema.safeParse(body)
    if (answer.status !== 201 || !given.success || !asked.success || account === undefined) return
    const id = claimsOf(given.data.pass)?.jti
    const position = claimsOf(asked.data.place)?.index
    if (id === undefined || position === undefined || observed.has(id)) return
    observed.set(id, { account, position, good: undefined })
  }

  function observeUse({ token }: Call, { status }: Answer, { sentMs, answeredMs }: CallTimes): void {
    const id = claimsOf(token)?.jti
    const pass = id === undefined ? undefined : observed.get(id)
    if (status >= 300 || id === undefined || pass === undefined) return
    const fromMs = firstMs.get(id)
    if (fromMs === undefined) firstMs.set(id, answeredMs)
    else if (sentMs > fromMs) pass.good = { fromMs, untilMs: sentMs }
  }

  return {
    observed,
    sessionOf: (account) => sessions.get(account),
    observe(call, answer, times) {
      if (call.method === 'POST' && CLAIM.test(call.path)) observeClaim(call, answer)
      if (call.method !== 'GET' && USE.test(call.path)) observeUse(call, answer, times)
    },
  }
}
