import { randomUUID } from 'node:crypto'
import type { Client } from './client.ts'
import { type Hold, type Payment, PaymentSchema, readBody } from './contract.ts'
import type { Answer } from './exchange.ts'
import type { Journey, StepRun } from './journey.ts'
import { failed, Leaving } from './leaving.ts'
import { jittered, type Time } from './time.ts'

export type PayingDeps = { client: Client; time: Time; room: string }

const ATTEMPTS_MAX = 5
const POLL_MS_MIN = 250
const POLL_MS_MAX = 1000
const POLL_GROWTH = 1.5
const POLL_JITTER_SHARE = 0.1

/** Pays for the hold, with up to five attempts if the card is declined; returns the confirmed payment. */
export async function payForTicket(
  deps: PayingDeps,
  journey: Journey,
  { hold, ...tokens }: { pass: string; session: string; hold: Hold },
): Promise<{ payment: string; order: string }> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const run = journey.begin('pay')
    const accepted = await pay(deps, run, tokens.pass, hold)
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
  token: string,
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
      body: { method: 'card-ok', amountMinor, holdVersion },
    })
    if (answer.code !== 'request-in-flight') return answer
    await time.pause(answer.retryAfterMs ?? POLL_MS_MAX, run.signal)
  }
}

/** Polls a payment until it is settled: often at first, then less often. */
async function followPayment(
  { client, time, room }: PayingDeps,
  run: StepRun,
  id: string,
  session: string,
): Promise<Payment> {
  const path = `/api/rooms/${room}/payments/${id}`
  for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(POLL_MS_MAX, pollMs * POLL_GROWTH)) {
    await time.pause(jittered(pollMs, POLL_JITTER_SHARE, run.random), run.signal)
    const answer = await client.send(run, { method: 'GET', path, token: session })
    const payment = readBody(run, answer, 200, PaymentSchema)
    if (['confirmed', 'declined', 'refunded', 'expired'].includes(payment.state)) return payment
  }
}

function isHoldOver({ code }: Answer): boolean {
  return code === 'hold-expired' || code === 'hold-missing' || code === 'pass-ended'
}
