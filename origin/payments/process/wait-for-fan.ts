import type { QueuedPayment } from '../payment-entry.ts'
import type { ActionRequired } from '../provider.ts'
import type { MakerContext } from './maker-context.ts'
import { readRequired } from './record-waiting.ts'
import { showWaiting } from './show-waiting.ts'

/**
 * Leaves a payment to its fan: MySQL records what they have to do, then they are shown it, and the payment leaves the
 * stream. From there on its return, an event of the provider or the end of its time completes it.
 *
 * Returns false when it ended in between, as by an event of the provider.
 */
export async function waitForFan(
  context: MakerContext,
  queued: QueuedPayment,
  required: ActionRequired,
): Promise<boolean> {
  const result = await context.recordWaiting({ payment: queued.payment, required })
  if ('failed' in result) throw result.failed
  if (result.recorded === undefined) throw new Error('a recorded payment is not in MySQL')
  const { state, required: shown } = result.recorded
  if (state !== 'waiting' || shown === undefined) return false
  await context.untilStored(() => showWaiting(context.redis, queued, shown))
  context.countOutcome('action')
  return true
}

/** The same for a payment that was recorded as waiting before: its worker died, or Redis was rebuilt. */
export async function keepWaiting(context: MakerContext, queued: QueuedPayment): Promise<void> {
  const { db, redis, untilStored, countOutcome } = context
  const required = await untilStored(() => readRequired(db, queued.payment.id))
  // It has ended since it was read: the next delivery finds that.
  if (required === undefined) return countOutcome('overdue')
  await untilStored(() => showWaiting(redis, queued, required))
  countOutcome('action')
}
