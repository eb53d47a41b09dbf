import type Stripe from 'stripe'

// Bodies as in the OpenAPI document of Stripe (github.com/stripe/openapi) v2596, API version 2026-10-28.endive: the
// types of Stripe's library are generated from it. Unused fields are left out.

/** What the fake stores of an intent; `intentBody` has it as Stripe returns it. */
export type FakeIntent = {
  id: string
  amount: number
  /** What was collected, when it differs from the amount. */
  received?: number
  currency: string
  /** Types of payment methods that it cannot be confirmed with. */
  excluded: readonly string[]
  created: number
  status: Stripe.PaymentIntent.Status
  /** What the fan must do. */
  action?: Stripe.PaymentIntent.NextAction
  paymentMethod: string | null
  payment: string | undefined
  error: Stripe.PaymentIntent.LastPaymentError | undefined
  cancelled?: Stripe.PaymentIntent.CancellationReason
  charged: boolean
  refundedAmount: number
}

export type FakeRefund = {
  id: string
  intent: string
  amount: number
  payment: string | undefined
  /** The key of Naru's request; undefined for one that was made in the dashboard. */
  key?: string | undefined
  status: string
  failure?: string
}

export type FakeDispute = { id: string; intent: string; amount: number; status: string }

/** https://docs.stripe.com/api/disputes/object */
export function disputeBody(dispute: FakeDispute, intent: string | Partial<Stripe.PaymentIntent>) {
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
  } satisfies Shape<Stripe.Dispute, 'payment_intent'>
}

/** Some of an object's fields, of which some are typed less strictly. */
type Shape<T, Loose extends keyof T = never> = Partial<Omit<T, Loose>> & { [name in Loose]?: unknown }

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

/** https://docs.stripe.com/api/payment_intents/object */
export function intentBody(intent: FakeIntent, expanded = false) {
  const { id, amount, currency, created, status, paymentMethod, error, payment, refundedAmount } = intent
  const chargeId = intent.charged ? `ch_${id.slice(3)}` : null
  const charge = { id: chargeId, object: 'charge', amount, amount_refunded: refundedAmount, currency }
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_received: intent.charged ? (intent.received ?? amount) : 0,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    canceled_at: status === 'canceled' ? created : null,
    cancellation_reason: intent.cancelled ?? null,
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
    next_action: intent.action ?? null,
    payment_method: paymentMethod,
    status,
  } satisfies Shape<Stripe.PaymentIntent, 'latest_charge'>
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
  const { payment, key } = refund
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    charge: `ch_${refund.intent.slice(3)}`,
    created: 1_790_000_000,
    currency: 'krw',
    metadata: {
      ...(payment === undefined ? {} : { payment }),
      ...(key === undefined ? {} : { naru_refund: key }),
    },
    payment_intent: refund.intent,
    reason: null,
    status: refund.status,
    ...(refund.failure === undefined ? {} : { failure_reason: refund.failure }),
  } satisfies Shape<Stripe.Refund>
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
