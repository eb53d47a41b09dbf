import type Stripe from 'stripe'
import { answer, cardError, errorBody, type FakeAnswer, type FakeIntent, intentBody } from './fixtures.ts'
import { type FakeLedger, newId } from './ledger.ts'

// Intents by the rules of https://docs.stripe.com/payments/paymentintents/lifecycle

const LIMIT_DEFAULT = 10

export function createIntent({ intents }: FakeLedger, form: URLSearchParams): FakeAnswer {
  if (form.get('automatic_payment_methods[enabled]') !== 'true') return answer(400, 'parameter_missing')
  const intent: FakeIntent = {
    id: newId('pi'),
    amount: Number(form.get('amount')),
    currency: form.get('currency') ?? '',
    excluded: [...form].filter(([name]) => name.startsWith('excluded_')).map(([, type]) => type),
    created: Math.floor(Date.now() / 1000),
    status: 'requires_payment_method',
    paymentMethod: null,
    payment: form.get('metadata[payment]') ?? undefined,
    error: undefined,
    charged: false,
    refundedAmount: 0,
  }
  intents.set(intent.id, intent)
  return { status: 200, body: intentBody(intent) }
}

/** By a ConfirmationToken, which works for one intent: https://docs.stripe.com/api/confirmation_tokens */
export function confirmIntent({ tokens }: FakeLedger, intent: FakeIntent, form: URLSearchParams): FakeAnswer {
  const token = tokens.get(form.get('confirmation_token') ?? '')
  const returnUrl = form.get('return_url')
  if (token === undefined) return answer(400, 'resource_missing')
  if (token.intent !== undefined) {
    const message = `This ConfirmationToken was used for ${token.intent}.`
    return { status: 400, body: errorBody('invalid_request_error', undefined, message) }
  }
  if (returnUrl === null) return answer(400, 'parameter_missing')
  if (excludes(intent, token.paymentMethod)) return answer(400, 'payment_intent_incompatible_payment_method')
  token.intent = intent.id
  return confirmWith(intent, token.paymentMethod, returnUrl)
}

/** The type of a payment method of the fake is `card` for `pm_card_visa`. */
function excludes({ excluded }: FakeIntent, paymentMethod: string): boolean {
  return excluded.includes(paymentMethod.startsWith('pm_card_') ? 'card' : paymentMethod.replace(/^pm_/, ''))
}

/** Also what Stripe's script does in a browser that knows an intent's secret. */
export function confirmWith(intent: FakeIntent, paymentMethod: string, returnUrl: string): FakeAnswer {
  if (intent.status !== 'requires_payment_method') return answer(400, 'payment_intent_unexpected_state')
  if (excludes(intent, paymentMethod)) return answer(400, 'payment_intent_incompatible_payment_method')
  Object.assign(intent, { paymentMethod, error: undefined })
  switch (paymentMethod) {
    case 'pm_card_declined':
      return decline(intent, 'card_declined', 'insufficient_funds')
    case 'pm_card_expired':
      return decline(intent, 'expired_card', undefined)
    case 'pm_card_threeDSecure2Required':
      return askFan(intent, {
        type: 'use_stripe_sdk',
        use_stripe_sdk: { type: 'three_d_secure_redirect' },
      })
    case 'pm_kakao_pay':
      return askFan(intent, {
        type: 'redirect_to_url',
        redirect_to_url: {
          return_url: returnUrl,
          url: `https://pm-redirects.stripe.com/authorize/${intent.id}`,
        },
      })
    case 'pm_card_slow':
      intent.status = 'processing'
      return { status: 200, body: intentBody(intent) }
    case 'pm_card_incompatible':
      return answer(400, 'payment_intent_incompatible_payment_method')
  }
  Object.assign(intent, { status: 'succeeded', charged: true })
  return { status: 200, body: intentBody(intent) }
}

function askFan(intent: FakeIntent, action: Stripe.PaymentIntent.NextAction): FakeAnswer {
  Object.assign(intent, { status: 'requires_action', action })
  return { status: 200, body: intentBody(intent) }
}

function decline(intent: FakeIntent, code: string, declineCode: string | undefined): FakeAnswer {
  const error = cardError(code, declineCode, intent.paymentMethod)
  Object.assign(intent, { status: 'requires_payment_method', paymentMethod: null, error })
  return { status: 402, body: { error: { ...error, payment_intent: intentBody(intent) } } }
}

/** How an action can end at the fan's bank, or in Stripe's window for it. */
export type BankDecision = 'approve' | 'approve-later' | 'decline' | 'expire'

/** The codes of attempts that ended in an action: https://docs.stripe.com/error-codes */
const ATTEMPT_ERRORS = {
  decline: 'payment_intent_authentication_failure',
  expire: 'payment_intent_payment_attempt_expired',
}

/** Returns whether the intent still waited for the fan. */
export function decideAtBank(intent: FakeIntent, decision: BankDecision): boolean {
  if (intent.status !== 'requires_action') return false
  delete intent.action
  if (decision === 'approve') Object.assign(intent, { status: 'succeeded', charged: true })
  else if (decision === 'approve-later') intent.status = 'processing'
  else {
    const code = ATTEMPT_ERRORS[decision]
    const error = { ...cardError(code, undefined, intent.paymentMethod), type: 'invalid_request_error' }
    Object.assign(intent, { status: 'requires_payment_method', paymentMethod: null, error })
  }
  return true
}

export function cancelIntent(intent: FakeIntent, form: URLSearchParams): FakeAnswer {
  if (['succeeded', 'canceled', 'processing'].includes(intent.status)) {
    return answer(400, 'payment_intent_unexpected_state')
  }
  delete intent.action
  Object.assign(intent, { status: 'canceled', cancelled: form.get('cancellation_reason') })
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
