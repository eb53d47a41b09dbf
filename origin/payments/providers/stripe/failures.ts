import Stripe from 'stripe'

const { errors } = Stripe

/** The reason for a decline, if Stripe's response is one: the bank's code where there is one. */
export function declineReason(error: unknown): string | undefined {
  if (!(error instanceof errors.StripeCardError)) return undefined
  return reasonOf(error)
}

/** The reason why Stripe permanently rejects a request: such a request has moved no money. */
export function refusalReason(error: unknown): string | undefined {
  if (!(error instanceof errors.StripeInvalidRequestError)) return undefined
  return reasonOf(error)
}

/**
 * True for an error of Stripe's servers that is returned again for every request with the same idempotency key, so that
 * retrying is useless. A first one leaves the outcome open; https://docs.stripe.com/error-low-level
 */
export function isStoredFailure(error: unknown): boolean {
  return (
    error instanceof errors.StripeAPIError && (error.statusCode ?? 0) >= 500 && wasReplayed(error.headers)
  )
}

/** True when Stripe replayed the response cached for the idempotency key. */
export function wasReplayed(headers: Readonly<Record<string, string>> | undefined): boolean {
  return headers?.['idempotent-replayed'] === 'true'
}

export function isAlreadyRefunded(error: unknown): boolean {
  return error instanceof errors.StripeInvalidRequestError && error.code === 'charge_already_refunded'
}

/** The account's balance does not suffice for a refund now. */
export function isShortOfFunds(error: unknown): boolean {
  return (
    error instanceof errors.StripeInvalidRequestError &&
    (error.code === 'balance_insufficient' || error.code === 'insufficient_funds')
  )
}

/**
 * An error that may be logged. Stripe's own contains the whole response: billing details, and the secret by which a
 * browser may act on the payment.
 */
export function loggable(error: unknown): unknown {
  if (!(error instanceof errors.StripeError)) return error
  const { type, code, statusCode, requestId } = error
  return Object.assign(new Error(`Stripe: ${error.message}`), { type, code, statusCode, requestId })
}

/** The reason of a decline when Stripe names none. */
const UNNAMED = 'refused by the provider'

export function reasonOf(error: { decline_code?: string; code?: string } | null): string {
  // An empty code means none.
  return error?.decline_code || error?.code || UNNAMED
}
