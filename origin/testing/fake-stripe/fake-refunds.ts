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

export function createRefund({ intents, refunds }: FakeLedger, form: URLSearchParams): FakeAnswer {
  const intent = intents.get(form.get('payment_intent') ?? '')
  if (intent === undefined || !intent.charged) return answer(404, 'resource_missing')
  if (intent.refundedAmount >= intent.amount) {
    const message = 'The charge has already been refunded.'
    return { status: 400, body: errorBody('invalid_request_error', 'charge_already_refunded', message) }
  }
  const made: FakeRefund = {
    id: newId('re'),
    intent: intent.id,
    amount: intent.amount - intent.refundedAmount,
    payment: form.get('metadata[payment]') ?? undefined,
    status: intent.paymentMethod === 'pm_card_pendingRefund' ? 'pending' : 'succeeded',
  }
  intent.refundedAmount = intent.amount
  refunds.set(made.id, made)
  return { status: 200, body: refundBody(made) }
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
  const intentOf = (id: string) => {
    const intent = intents.get(id)
    return expanded && intent !== undefined ? intentBody(intent) : id
  }
  const data =
    kind === 'refunds'
      ? [...refunds.values()]
          .filter(isWanted)
          .map((made) => ({ ...refundBody(made), payment_intent: intentOf(made.intent) }))
      : [...disputes.values()].filter(isWanted).map((made) => disputeBody(made, intentOf(made.intent)))
  return { status: 200, body: { object: 'list', url: `/v1/${kind}`, has_more: false, data } }
}
