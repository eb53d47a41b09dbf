import { chargeAttemptOf } from '../payment.ts'
import { expirePayment } from './record-payments.ts'
import {
  finish,
  type ResolveDeps,
  type ResolvePaymentResult,
  readRecorded,
  resolvePayment,
  settle,
} from './resolve-payment.ts'

/** Why a payment expires whose fan did not do in time what the provider asks. */
export const NOT_DONE_IN_TIME = 'not completed in time'

/**
 * Ends a payment that waits for its fan: at the provider first, so that no money can arrive for units that are free
 * again; then in MySQL, then in Redis. One that was paid, declined or ended meanwhile has that end. Safe to repeat, and
 * `unknown` while the provider does not say: its units stay held.
 *
 * @param why.keepsHold - the fan may pay for the units in another way while their own time lasts
 */
export async function endWaiting(
  deps: ResolveDeps,
  paymentId: string,
  why: { reason: string; keepsHold: boolean },
): Promise<ResolvePaymentResult> {
  const resolved = await resolvePayment(deps, paymentId)
  if (resolved.status !== 'action' && resolved.status !== 'none') return resolved
  const recorded = await readRecorded(deps.db, paymentId)
  if (recorded?.state !== 'waiting') return resolved
  const { payment } = recorded
  const left = await deps.provider.abandon(chargeAttemptOf(payment, deps.now))
  if (left.status === 'unknown') return left
  if (left.status === 'succeeded') return await settle(deps, recorded, left)
  const isExpired = await expirePayment(deps.db, paymentId, new Date(deps.now()), why.reason)
  // An event of the provider, or another origin, has ended it since it was read.
  if (!isExpired) return await resolvePayment(deps, paymentId)
  return await finish(deps, recorded, { payment, state: 'expired', reason: why.reason }, why.keepsHold)
}
