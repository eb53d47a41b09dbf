import type Stripe from 'stripe'
import type { AbandonOutcome, ChargeAttempt } from '../../provider.ts'
import { createIntent, readIntent } from './charge.ts'
import { refusalReason } from './failures.ts'
import { searchIntents } from './find-charge.ts'
import { stateOf } from './intents.ts'
import type { Operation } from './operation.ts'

/** Cancels every intent of a key that has charged nothing: the one under the key, and those that a search finds. */
export async function abandon(operation: Operation, request: ChargeAttempt): Promise<AbandonOutcome> {
  for (const id of await intentsOf(operation, request)) {
    const state = stateOf(await cancelIntent(operation, id))
    if (state.status === 'succeeded') return state
    if (state.status === 'under-way') {
      return {
        status: 'unknown',
        cause: new Error(`Stripe does not know yet what comes of the intent ${id}`),
      }
    }
  }
  return { status: 'abandoned' }
}

/** When Stripe still has the key, the intent under it is the only one. */
async function intentsOf(operation: Operation, request: ChargeAttempt): Promise<Set<string>> {
  const created = await createIntent(operation, request)
  const own = created.status === 'created' ? [created.id] : []
  if (created.status === 'created' && created.replayed) return new Set(own)
  return new Set([...own, ...(await searchIntents(operation, request.key))])
}

/**
 * Returns the intent's resulting state: one that has succeeded, is in process or was cancelled before stays unchanged.
 */
async function cancelIntent(operation: Operation, id: string): Promise<Stripe.PaymentIntent> {
  const { stripe, call } = operation
  try {
    return await call(() => stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' }))
  } catch (error) {
    if (refusalReason(error) === undefined) throw error
    return await readIntent(operation, id)
  }
}
