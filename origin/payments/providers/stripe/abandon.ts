import type { AbandonOutcome, ChargeAttempt } from '../../provider.ts'
import { cancelIntent, createIntent } from './charge.ts'
import { searchIntents } from './find-charge.ts'
import { stateOf } from './intents.ts'
import type { Operation } from './operation.ts'

/**
 * Cancels every intent of a key that has charged nothing, also one that waits for the fan: the one under the key, and
 * those that a search finds. After that the fan's bank cannot complete it.
 */
export async function abandon(operation: Operation, attempt: ChargeAttempt): Promise<AbandonOutcome> {
  for (const id of await intentsOf(operation, attempt)) {
    const state = stateOf(await cancelIntent(operation, id))
    if (state.status === 'succeeded') return state
    if (state.status !== 'declined') {
      return {
        status: 'unknown',
        cause: new Error(`Stripe does not know yet what comes of the intent ${id}`),
      }
    }
  }
  return { status: 'abandoned' }
}

/** When Stripe still has the key, the intent under it is the only one. */
async function intentsOf(operation: Operation, attempt: ChargeAttempt): Promise<Set<string>> {
  const created = await createIntent(operation, attempt)
  const own = created.status === 'created' ? [created.id] : []
  if (created.status === 'created' && created.replayed) return new Set(own)
  return new Set([...own, ...(await searchIntents(operation, attempt.key))])
}
