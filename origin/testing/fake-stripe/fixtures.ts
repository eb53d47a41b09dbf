/** What the fake stores of an intent; `intentBody` has it as Stripe returns it. */
export type FakeIntent = {
  id: string
  amount: number
  currency: string
  created: number
  status: string
  paymentMethod: string | null
  payment: string | undefined
  error: ReturnType<typeof cardError> | undefined
  charged: boolean
  refundedAmount: number
}

export type FakeRefund = {
  id: string
  intent: string
  amount: number
  payment: string | undefined
  status: string
}

export type FakeDispute = { id: string; intent: string; amount: number; status: string }

/** https://docs.stripe.com/api/disputes/object */
export function disputeBody(dispute: FakeDispute, intent: unknown) {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amount,
    charge: `ch_${dispute.intent.slice(3)}`,
    created: 1_790_000_000,
    currency: 'krw',
    metadata: {},
    payment_intent: intent,
    reason: 'fraudulent',
    status: dispute.status,
  }
}

export type FakeAnswer = { status: number; body: unknown; replayed?: boolean }

/** An error as https://docs.stripe.com/api/errors has it. */
export function errorBody(type: string, code: string | undefined, message: string, more: object = {}) {
  return { error: { type, message, ...(code === undefined ? {} : { code }), ...more } }
}

/** An error that Stripe returns before it does anything. */
export function answer(status: number, code: string): FakeAnswer {
  const type = status >= 500 ? 'api_error' : 'invalid_request_error'
  return { status, body: errorBody(type, code, `It went wrong: ${code}`) }
}

/** https://docs.stripe.com/api/payment_intents/object, of which unused fields are left out. */
export function intentBody(intent: FakeIntent, expanded = false) {
  const { id, amount, currency, created, status, paymentMethod, error, payment, refundedAmount } = intent
  const chargeId = intent.charged ? `ch_${id.slice(3)}` : null
  const charge = { id: chargeId, object: 'charge', amount, amount_refunded: refundedAmount, currency }
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_received: intent.charged ? amount : 0,
    canceled_at: status === 'canceled' ? created : null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_test`,
    confirmation_method: 'automatic',
    created,
    currency,
    description: payment ?? null,
    last_payment_error: error ?? null,
    latest_charge: expanded && chargeId !== null ? charge : chargeId,
    livemode: false,
    metadata: payment === undefined ? {} : { payment },
    next_action:
      status === 'requires_action'
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure' } }
        : null,
    payment_method: paymentMethod,
    payment_method_types: ['card'],
    status,
  }
}

/** What Stripe stores as an intent's last error, and returns with 402. */
export function cardError(code: string, declineCode: string | undefined, paymentMethod: string | null) {
  return {
    type: 'card_error',
    code,
    message: 'Your card was declined.',
    payment_method: {
      id: paymentMethod,
      object: 'payment_method',
      billing_details: { email: 'fan@naru.test' },
    },
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
  }
}

/** https://docs.stripe.com/api/refunds/object */
export function refundBody(refund: FakeRefund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    charge: `ch_${refund.intent.slice(3)}`,
    created: 1_790_000_000,
    currency: 'krw',
    metadata: refund.payment === undefined ? {} : { payment: refund.payment },
    payment_intent: refund.intent,
    reason: null,
    status: refund.status,
  }
}

/** https://docs.stripe.com/api/events/object */
export function eventBody(id: string, type: string, payment?: string) {
  return {
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_790_000_000,
    data: {
      object: { id: 'pi_1', object: 'payment_intent', metadata: payment === undefined ? {} : { payment } },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_1', idempotency_key: payment ?? null },
    type,
  }
}
