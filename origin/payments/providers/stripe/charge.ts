import type Stripe from 'stripe'
import type { ChargeAttempt, ChargeOutcome, ChargeRequest } from '../../provider.ts'
import { toStripeAmount } from './amounts.ts'
import { declineReason, isStoredFailure, refusalReason, wasReplayed } from './failures.ts'
import { PAYMENT_METADATA, stateOf } from './intents.ts'
import type { Operation } from './operation.ts'

type Created = { status: 'created'; id: string; replayed: boolean }

/** Creates the intent of a charge, and confirms it. */
export async function charge(operation: Operation, request: ChargeRequest): Promise<ChargeOutcome> {
  const created = await createIntent(operation, request)
  return created.status === 'created' ? confirmIntent(operation, created.id, request.key) : created
}

/** Creates the intent of a charge, which moves no money; under a key that was used before it returns that intent. */
export async function createIntent(
  { stripe, call }: Operation,
  request: ChargeAttempt,
): Promise<Created | { status: 'declined'; reason: string }> {
  const amount = toStripeAmount(request.amountMinor, request.currency)
  if (amount === undefined)
    return { status: 'declined', reason: `Stripe cannot charge this much ${request.currency}` }
  try {
    const { id, lastResponse } = await call(() =>
      stripe.paymentIntents.create(
        {
          amount,
          currency: request.currency.toLowerCase(),
          payment_method: request.method,
          allowed_payment_method_types: ['card'],
          description: request.reference,
          metadata: { [PAYMENT_METADATA]: request.key },
        },
        { idempotencyKey: request.key },
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

/** Charges an intent, at most once. */
async function confirmIntent(operation: Operation, id: string, key: string): Promise<ChargeOutcome> {
  const { stripe, call } = operation
  try {
    // Of a response cached for the key only a final state counts: a pending one may have ended since.
    const intent = await call(() =>
      stripe.paymentIntents.confirm(
        id,
        { error_on_requires_action: true },
        { idempotencyKey: `${key}-confirm` },
      ),
    )
    return await concludeIntent(operation, intent, undefined)
  } catch (error) {
    const declined = declineReason(error)
    if (declined !== undefined) return { status: 'declined', reason: declined }
    const refused = refusalReason(error) ?? (isStoredFailure(error) ? 'the provider failed' : undefined)
    if (refused === undefined) throw error
    return await concludeIntent(operation, await readIntent(operation, id), refused)
  }
}

/**
 * The outcome of an intent after an attempt to confirm it. One that cannot continue is cancelled, after which Stripe
 * never charges it; the reason is then `refused`.
 */
export async function concludeIntent(
  { stripe, call }: Operation,
  intent: Stripe.PaymentIntent,
  refused: string | undefined,
): Promise<ChargeOutcome> {
  const state = stateOf(intent)
  if (state.status === 'succeeded' || state.status === 'declined') return state
  const reason = state.status === 'needs-owner' ? 'authentication_required' : refused
  if (state.status === 'under-way' || reason === undefined) {
    return { status: 'unknown', cause: new Error(`Stripe has the intent ${intent.id} as ${intent.status}`) }
  }
  const cancelled = stateOf(await call(() => stripe.paymentIntents.cancel(intent.id)))
  return cancelled.status === 'declined'
    ? { status: 'declined', reason }
    : { status: 'unknown', cause: new Error(`Stripe did not cancel the intent ${intent.id}`) }
}

export function readIntent({ stripe, call }: Operation, id: string): Promise<Stripe.PaymentIntent> {
  return call(() => stripe.paymentIntents.retrieve(id))
}
