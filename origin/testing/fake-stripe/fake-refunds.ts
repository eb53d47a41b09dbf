import type Stripe from 'stripe'
import {
  answer,
  disputeBody,
  errorBody,
  type FakeAnswer,
  type FakeRefund,
  intentBody,
  refundBody,
} from './fixtures.ts'
import { type FakeLedger, newId } from './ledger.ts'

/** Methods whose refunds do not succeed at once: https://docs.stripe.com/testing#refunds */
const SLOW_REFUNDS: Partial<Record<string, string>> = {
  pm_card_pendingRefund: 'pending',
  pm_kakao_pay: 'requires_action',
}

export function createRefund({ intents, refunds }: FakeLedger, form: URLSearchParams): FakeAnswer {
  const intent = intents.get(form.get('payment_intent') ?? '')
  if (intent === undefined || !intent.charged) return answer(404, 'resource_missing')
  const remaining = intent.amount - intent.refundedAmount
  if (remaining <= 0) {
    const message = 'The charge has already been refunded.'
    return { status: 400, body: errorBody('invalid_request_error', 'charge_already_refunded', message) }
  }
  const amount = form.has('amount') ? Number(form.get('amount')) : remaining
  if (amount > remaining) {
    const message = 'Refund amount is greater than unrefunded amount on charge.'
    return { status: 400, body: errorBody('invalid_request_error', undefined, message) }
  }
  const made: FakeRefund = {
    id: newId('re'),
    intent: intent.id,
    amount,
    payment: form.get('metadata[payment]') ?? undefined,
    key: form.get('metadata[naru_refund]') ?? undefined,
    status: SLOW_REFUNDS[intent.paymentMethod ?? ''] ?? 'succeeded',
  }
  intent.refundedAmount += amount
  refunds.set(made.id, made)
  return { status: 200, body: refundBody(made) }
}

/** What the fan's bank makes of a pending refund: one that fails is again part of what can be refunded. */
export function endRefund(
  { intents }: FakeLedger,
  refund: FakeRefund,
  end: 'succeeded' | 'failed',
  failure = 'lost_or_stolen_card',
): void {
  refund.status = end
  if (end === 'succeeded') return
  refund.failure = failure
  const intent = intents.get(refund.intent)
  if (intent !== undefined) intent.refundedAmount -= refund.amount
}

export function readRefund({ refunds }: FakeLedger, id: string): FakeAnswer {
  const found = refunds.get(id)
  return found === undefined ? answer(404, 'resource_missing') : { status: 200, body: refundBody(found) }
}

/** Those of one intent; or of all since a time, with their intents. */
export function listReversed(
  { intents, refunds, disputes }: FakeLedger,
  kind: 'refunds' | 'disputes',
  query: URLSearchParams,
): FakeAnswer {
  const ofIntent = query.get('payment_intent')
  const isWanted = ({ intent }: { intent: string }) => ofIntent === null || intent === ofIntent
  const expanded = [...query.values()].includes('data.payment_intent')
  const intentOf = (id: string): string | Partial<Stripe.PaymentIntent> => {
    const intent = intents.get(id)
    return expanded && intent !== undefined ? { ...intentBody(intent), latest_charge: null } : id
  }
  const data =
    kind === 'refunds'
      ? [...refunds.values()]
          .filter(isWanted)
          .map((made) => ({ ...refundBody(made), payment_intent: intentOf(made.intent) }))
      : [...disputes.values()].filter(isWanted).map((made) => disputeBody(made, intentOf(made.intent)))
  return { status: 200, body: { object: 'list', url: `/v1/${kind}`, has_more: false, data } }
}
