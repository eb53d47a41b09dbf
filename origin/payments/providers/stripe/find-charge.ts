import type { ChargeAttempt, FoundCharge } from '../../provider.ts'
import { concludeIntent, createIntent, readIntent } from './charge.ts'
import { PAYMENT_METADATA, stateOf } from './intents.ts'
import type { Operation } from './operation.ts'

/** Several intents can have the same key in their metadata; there are never more than this. */
const INTENTS_PER_KEY_MAX = 10

/**
 * The outcome of an earlier attempt: creating the intent again under the same key returns the ID of the existing one.
 * Without the attempt only a search is left, which can find a charge and cannot rule one out.
 */
export async function findCharge(
  operation: Operation,
  key: string,
  attempt: ChargeAttempt | undefined,
): Promise<FoundCharge> {
  if (attempt === undefined) {
    const found = await findAmongIntents(operation, key)
    if (found.status !== 'none') return found
    // Stripe's search may be an hour behind, so an empty result proves nothing.
    return { status: 'unknown', cause: new Error('Stripe cannot rule a charge out by its key alone') }
  }
  const created = await createIntent(operation, attempt)
  if (created.status !== 'created') return created
  const found = await lookUpIntent(operation, created.id, attempt)
  if (found.status !== 'none' || created.replayed) return found
  // The intent is new: either the key was never used, or a day or more ago, when Stripe may have deleted it. By now
  // the search finds what was created then.
  return await findAmongIntents(operation, key, { attempt, ignored: created.id })
}

/** The ID of the charge under a key. Throws while Stripe's search does not find it. */
export async function findSucceeded(operation: Operation, key: string): Promise<string> {
  const found = await findAmongIntents(operation, key)
  if (found.status === 'succeeded') return found.chargeId
  throw new Error('Stripe does not find the charge to refund, which may be for an hour after it was made')
}

/** The result of all intents with a key except an ignored one: the one that charged, if any. */
async function findAmongIntents(
  operation: Operation,
  key: string,
  { attempt, ignored }: { attempt?: ChargeAttempt; ignored?: string } = {},
): Promise<FoundCharge> {
  let found: FoundCharge = { status: 'none' }
  for (const id of await searchIntents(operation, key)) {
    if (id === ignored) continue
    const one = await lookUpIntent(operation, id, attempt)
    if (one.status === 'declined') found = one
    else if (one.status !== 'none') return one
  }
  return found
}

async function lookUpIntent(
  operation: Operation,
  id: string,
  attempt: ChargeAttempt | undefined,
): Promise<FoundCharge> {
  const intent = await readIntent(operation, id)
  return stateOf(intent).status === 'open'
    ? { status: 'none' }
    : await concludeIntent(operation, intent, attempt)
}

/** The IDs of the intents with a key in their metadata, as far as Stripe has indexed them. */
export async function searchIntents({ stripe, call }: Operation, key: string): Promise<string[]> {
  const query = `metadata['${PAYMENT_METADATA}']:'${key.replaceAll(/[\\']/g, '\\$&')}'`
  const { data } = await call(() => stripe.paymentIntents.search({ query, limit: INTENTS_PER_KEY_MAX }))
  return data.map(({ id }) => id)
}
