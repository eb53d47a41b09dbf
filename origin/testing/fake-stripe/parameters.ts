import type Stripe from 'stripe'

/**
 * The parameters that Naru sends, by request. As names of the library's types they exist in Stripe's OpenAPI document.
 * Stripe rejects every other with `parameter_unknown`.
 */
const PARAMETERS: readonly { request: RegExp; names: readonly string[] }[] = [
  {
    request: /^POST \/v1\/payment_intents$/,
    names: [
      'amount',
      'currency',
      'automatic_payment_methods',
      'excluded_payment_method_types',
      'description',
      'metadata',
    ] satisfies (keyof Stripe.PaymentIntentCreateParams)[],
  },
  {
    request: /^POST \/v1\/payment_intents\/\w+\/confirm$/,
    names: ['confirmation_token', 'return_url'] satisfies (keyof Stripe.PaymentIntentConfirmParams)[],
  },
  {
    request: /^POST \/v1\/payment_intents\/\w+\/cancel$/,
    names: ['cancellation_reason'] satisfies (keyof Stripe.PaymentIntentCancelParams)[],
  },
  {
    request: /^POST \/v1\/refunds$/,
    names: ['payment_intent', 'amount', 'metadata'] satisfies (keyof Stripe.RefundCreateParams)[],
  },
]

/** The first parameter that a request does not have. */
export function unknownParameter(request: string, form: URLSearchParams): string | undefined {
  const known = PARAMETERS.find((each) => each.request.test(request))?.names ?? []
  return [...form.keys()].map((name) => name.split('[')[0] ?? '').find((name) => !known.includes(name))
}
