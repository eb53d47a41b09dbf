import { answer, cardError, type FakeAnswer, type FakeIntent, intentBody } from './fixtures.ts'
import { type FakeLedger, newId } from './ledger.ts'

// Intents by the rules of https://docs.stripe.com/payments/paymentintents/lifecycle

const LIMIT_DEFAULT = 10

export function createIntent({ intents }: FakeLedger, form: URLSearchParams): FakeAnswer {
  const paymentMethod = form.get('payment_method')
  if (!paymentMethod?.startsWith('pm_')) return answer(400, 'resource_missing')
  const intent: FakeIntent = {
    id: newId('pi'),
    amount: Number(form.get('amount')),
    currency: form.get('currency') ?? '',
    created: Math.floor(Date.now() / 1000),
    status: 'requires_confirmation',
    paymentMethod,
    payment: form.get('metadata[payment]') ?? undefined,
    error: undefined,
    charged: false,
    refundedAmount: 0,
  }
  intents.set(intent.id, intent)
  return { status: 200, body: intentBody(intent) }
}

export function confirmIntent(intent: FakeIntent, form: URLSearchParams): FakeAnswer {
  if (intent.status !== 'requires_confirmation') return answer(400, 'payment_intent_unexpected_state')
  const errs = form.get('error_on_requires_action') === 'true'
  switch (intent.paymentMethod) {
    case 'pm_card_declined':
      return decline(intent, 'card_declined', 'insufficient_funds')
    case 'pm_card_expired':
      return decline(intent, 'expired_card', undefined)
    case 'pm_card_authenticationRequired':
      if (errs) return decline(intent, 'authentication_required', undefined)
      break
    case 'pm_card_authenticationAnyway':
      intent.status = 'requires_action'
      return { status: 200, body: intentBody(intent) }
    case 'pm_card_slow':
      intent.status = 'processing'
      return { status: 200, body: intentBody(intent) }
    case 'pm_card_incompatible':
      return answer(400, 'payment_intent_incompatible_payment_method')
  }
  Object.assign(intent, { status: 'succeeded', charged: true })
  return { status: 200, body: intentBody(intent) }
}

function decline(intent: FakeIntent, code: string, declineCode: string | undefined): FakeAnswer {
  const error = cardError(code, declineCode, intent.paymentMethod)
  Object.assign(intent, { status: 'requires_payment_method', paymentMethod: null, error })
  return { status: 402, body: { error: { ...error, payment_intent: intentBody(intent) } } }
}

export function cancelIntent(intent: FakeIntent): FakeAnswer {
  if (['succeeded', 'canceled', 'processing'].includes(intent.status)) {
    return answer(400, 'payment_intent_unexpected_state')
  }
  intent.status = 'canceled'
  return { status: 200, body: intentBody(intent) }
}

export function listIntents({ intents }: FakeLedger, query: URLSearchParams): FakeAnswer {
  const limit = Number(query.get('limit') ?? LIMIT_DEFAULT)
  const newestFirst = [...intents.values()]
    .filter(({ created }) => created >= Number(query.get('created[gte]') ?? 0))
    .reverse()
  const after = newestFirst.findIndex(({ id }) => id === query.get('starting_after'))
  const page = newestFirst.slice(after + 1, after + 1 + limit)
  const hasMore = after + 1 + limit < newestFirst.length
  const expanded = [...query.values()].includes('data.latest_charge')
  const data = page.map((intent) => intentBody(intent, expanded))
  return { status: 200, body: { object: 'list', url: '/v1/payment_intents', has_more: hasMore, data } }
}

/** @param searchable - whether new intents are found, which in reality takes up to an hour */
export function searchIntents(
  { intents }: FakeLedger,
  query: URLSearchParams,
  searchable: boolean,
): FakeAnswer {
  const [, payment] = /^metadata\['payment'\]:'(.*)'$/.exec(query.get('query') ?? '') ?? []
  if (payment === undefined) return answer(400, 'parameter_invalid_string')
  const data = [...intents.values()].filter((intent) => searchable && intent.payment === payment)
  const body = {
    object: 'search_result',
    has_more: false,
    next_page: null,
    url: '/v1/payment_intents/search',
  }
  return { status: 200, body: { ...body, data: data.map((intent) => intentBody(intent)) } }
}
