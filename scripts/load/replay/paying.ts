import { randomUUID } from 'node:crypto'
import { type Bank, visitBank } from './bank.ts'
import type { Client } from './client.ts'
import { type Hold, type Payment, PaymentSchema, readBody } from './contract.ts'
import type { Answer } from './exchange.ts'
import type { Journey, StepRun } from './journey.ts'
import { failed, Leaving } from './leaving.ts'
import { jittered, type Time } from './time.ts'

export type PayingDeps = {
  client: Client
  time: Time
  room: string
  /** Where some fans pay; missing where all pay by card. */
  bank?: Bank | undefined
}

const ATTEMPTS_MAX = 5
const POLL_MS_MIN = 250
const POLL_MS_MAX = 1000
const POLL_GROWTH = 1.5
const POLL_JITTER_SHARE = 0.1

/** Pays for the hold, with up to five attempts, all but the first by card; returns the confirmed payment. */
export async function payForTicket(
  deps: PayingDeps,
  journey: Journey,
  { hold, ...tokens }: { pass: string; session: string; hold: Hold },
): Promise<{ payment: string; order: string }> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const run = journey.begin('pay')
    const method = attempt === 1 ? methodOf(deps, run) : 'card-ok'
    const accepted = await pay(deps, run, { ...tokens, method }, hold)
    // Declined before, and the hold has expired.
    if (attempt > 1 && isHoldOver(accepted)) break
    const { id } = readBody(run, accepted, 202, PaymentSchema)
    const { state, order } = await followPayment(deps, run, id, tokens.session)
    if (state === 'confirmed') {
      if (order === undefined) throw failed(run.step, { detail: 'a confirmed payment that names no order' })
      journey.end(run)
      journey.confirm(order)
      return { payment: id, order }
    }
    if (state === 'refunded') {
      const error = {
        step: run.step,
        code: 'refunded',
        detail: 'paid, and given back because no unit was left',
      }
      throw new Leaving({ outcome: 'refunded', error })
    }
  }
  throw new Leaving({ outcome: 'declined' })
}

/** Requests a payment, under one key until the outcome of the first request with it is known. */
async function pay(
  { client, time, room }: PayingDeps,
  run: StepRun,
  { pass: token, method }: { pass: string; method: string },
  { amountMinor, version: holdVersion }: Hold,
): Promise<Answer> {
  const headers = { 'idempotency-key': `"${randomUUID()}"` }
  const path = `/api/rooms/${room}/payments`
  for (;;) {
    const answer = await client.send(run, {
      method: 'POST',
      path,
      token,
      headers,
      body: { method, amountMinor, holdVersion },
    })
    if (answer.code !== 'request-in-flight') return answer
    await time.pause(answer.retryAfterMs ?? POLL_MS_MAX, run.signal)
  }
}

function methodOf({ bank }: PayingDeps, { random }: StepRun): 'card-ok' | 'bank' {
  return bank !== undefined && random() < bank.share ? 'bank' : 'card-ok'
}

/** Polls a payment until it is settled: often at first, then less often. Visits the bank once when asked to. */
async function followPayment(
  { client, time, room, bank }: PayingDeps,
  run: StepRun,
  id: string,
  session: string,
): Promise<Payment> {
  const path = `/api/rooms/${room}/payments/${id}`
  let hasVisited = false
  for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(POLL_MS_MAX, pollMs * POLL_GROWTH)) {
    await time.pause(jittered(pollMs, POLL_JITTER_SHARE, run.random), run.signal)
    const answer = await client.send(run, { method: 'GET', path, token: session })
    const payment = readBody(run, answer, 200, PaymentSchema)
    if (payment.state === 'action' && bank !== undefined && !hasVisited) {
      hasVisited = true
      await visitBank({ client, time, room }, bank, run, { id, session, action: payment.action })
    }
    if (['confirmed', 'declined', 'refunded', 'expired'].includes(payment.state)) return payment
  }
}

function isHoldOver({ code }: Answer): boolean {
  return code === 'hold-expired' || code === 'hold-missing' || code === 'pass-ended'
}
