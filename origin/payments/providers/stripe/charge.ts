import type Stripe from 'stripe'
import { DELAYED_METHOD_TYPES, toStripeAmount } from '../../../../shared/stripe.ts'
import type { ActionRequired, ChargeAttempt, ChargeOutcome, ChargeRequest } from '../../provider.ts'
import { declineReason, isStoredFailure, refusalReason, wasReplayed } from './failures.ts'
import { PAYMENT_METADATA, stateOf } from './intents.ts'
import type { Operation } from './operation.ts'

type Created = { status: 'created'; id: string; replayed: boolean }

/** Creates the intent of a charge, and confirms it. */
export async function charge(
  operation: Operation,
  request: ChargeRequest,
): Promise<ChargeOutcome | ActionRequired> {
  const created = await createIntent(operation, request)
  return created.status === 'created' ? confirmIntent(operation, created.id, request) : created
}

/**
 * Creates the intent of a charge, which moves no money; under a key that was used before it returns that intent. So its
 * parameters are only those that never change for a payment.
 */
export async function createIntent(
  { stripe, call }: Operation,
  attempt: ChargeAttempt,
): Promise<Created | { status: 'declined'; reason: string }> {
  const amount = toStripeAmount(attempt.amountMinor, attempt.currency)
  if (amount === undefined)
    return { status: 'declined', reason: `Stripe cannot charge this much ${attempt.currency}` }
  try {
    const { id, lastResponse } = await call(() =>
      stripe.paymentIntents.create(
        {
          amount,
          currency: attempt.currency.toLowerCase(),
          automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
          // Of the intent and not of its confirmation: a browser that has its secret may confirm it too.
          excluded_payment_method_types: DELAYED_METHOD_TYPES,
          description: attempt.reference,
          metadata: { [PAYMENT_METADATA]: attempt.key },
        },
        { idempotencyKey: attempt.key },
      ),
    )
    return { status: 'created', id, replayed: wasReplayed(lastResponse.headers) }
  } catch (error) {
    const reason = declineReason(error) ?? refusalReason(error)
    if (reason !== undefined) return { status: 'declined', reason }
    // Every attempt under this key got the same response, and so no intent that it could have confirmed.
    if (isStoredFailure(error)) return { status: 'declined', reason: 'the provider failed' }
    throw error
  }
}

/** Charges an intent, at most once, by the ConfirmationToken of the page; a token works once. */
async function confirmIntent(
  operation: Operation,
  id: string,
  request: ChargeRequest,
): Promise<ChargeOutcome | ActionRequired> {
  const { stripe, call } = operation
  try {
    const intent = await call(() =>
      stripe.paymentIntents.confirm(
        id,
        { confirmation_token: request.method, return_url: request.returnUrl },
        { idempotencyKey: `${request.key}-confirm` },
      ),
    )
    // A response cached for the key has the intent as it was at that time.
    const current = wasReplayed(intent.lastResponse.headers) ? await readIntent(operation, id) : intent
    return await concludeIntent(operation, current, request)
  } catch (error) {
    // The fan has never seen this intent's secret, so nothing can be charged by it any more.
    const declined = declineReason(error)
    if (declined !== undefined) return { status: 'declined', reason: declined }
    const refused = refusalReason(error) ?? (isStoredFailure(error) ? 'the provider failed' : undefined)
    if (refused === undefined) throw error
    return await concludeIntent(operation, await readIntent(operation, id), request, refused)
  }
}

/**
 * The outcome of an intent after an attempt to confirm it. One that cannot continue is cancelled: by its secret the fan
 * could otherwise still pay it with another card.
 *
 * @param attempt - without it the end of an action is unknown, and so is the outcome
 * @param refused - why Stripe rejected the attempt
 */
export async function concludeIntent(
  operation: Operation,
  intent: Stripe.PaymentIntent,
  attempt: ChargeAttempt | undefined,
  refused?: string,
): Promise<ChargeOutcome | ActionRequired> {
  const unknown = {
    status: 'unknown',
    cause: new Error(`Stripe has ${intent.id} as ${intent.status}`),
  } as const
  if (attempt !== undefined && intent.metadata[PAYMENT_METADATA] !== attempt.key) return unknown
  const state = stateOf(intent)
  if (state.status === 'succeeded') return state
  if (state.status === 'action' && attempt !== undefined)
    return { status: 'action', chargeId: intent.id, action: state.action, until: attempt.until }
  const reason = state.status === 'declined' ? state.reason : state.status === 'open' ? refused : undefined
  if (reason === undefined) return unknown
  const ended = intent.status === 'canceled' ? state : stateOf(await cancelIntent(operation, intent.id))
  if (ended.status === 'succeeded') return ended
  return ended.status === 'declined' ? { status: 'declined', reason } : unknown
}

/**
 * Returns the intent's resulting state: one that has succeeded, is in process or was cancelled before stays unchanged.
 */
export async function cancelIntent(operation: Operation, id: string): Promise<Stripe.PaymentIntent> {
  const { stripe, call } = operation
  try {
    return await call(() => stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' }))
  } catch (error) {
    if (refusalReason(error) === undefined) throw error
    return await readIntent(operation, id)
  }
}

export function readIntent({ stripe, call }: Operation, id: string): Promise<Stripe.PaymentIntent> {
  return call(() => stripe.paymentIntents.retrieve(id))
}
