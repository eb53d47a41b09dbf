import { chargeRequestOf, isOpen } from '../payment.ts'
import type { QueuedPayment } from '../payment-entry.ts'
import type { FoundCharge } from '../provider.ts'
import { beginPayment } from './begin-payment.ts'
import type { Begun } from './begin-together.ts'
import { endQueued, settleAndEnd } from './end-queued.ts'
import { expireOverdue } from './expire-overdue.ts'
import { isOverdue, type MakerContext } from './maker-context.ts'
import { expirePayment, NOT_HELD } from './record-payments.ts'
import { noteUnknown, publishState } from './report-payment.ts'
import { keepWaiting, waitForFan } from './wait-for-fan.ts'

/** Why a payment expires whose request MySQL has under another payment: Redis had lost that one. */
const ACCEPTED_TWICE = 'its request was accepted before, as another payment'

/**
 * Takes a payment from its record in MySQL as far as possible towards its end.
 *
 * @param begun - the record; undefined when MySQL has its request as another payment
 */
export async function makePayment(
  context: MakerContext,
  queued: QueuedPayment,
  begun: Begun | undefined,
): Promise<void> {
  const { payment } = queued
  if (begun === undefined) {
    return endQueued(context, queued, { payment, state: 'expired', reason: ACCEPTED_TWICE })
  }
  if ('failed' in begun) throw begun.failed
  const { state, again } = begun
  if (!isOpen(state)) return endQueued(context, queued, { payment, ...begun, state })
  if (state === 'waiting') return keepWaiting(context, queued)
  await chargeAndSettle(context, queued, again)
}

/**
 * A payment without a hold in Redis is not charged: it was read before Redis was lost. While its hold may be restored
 * with its room (origin/rooms/restore-payments.ts) it waits; otherwise it expires.
 */
async function chargeAndSettle(context: MakerContext, queued: QueuedPayment, again: boolean): Promise<void> {
  const { redis, untilStored, limitCharges, countOutcome } = context
  const { entry, payment } = queued
  const begun = await untilStored(() => beginPayment(redis, payment))
  if (begun === 'lost' && !isOverdue(context, entry)) return countOutcome('lost')
  if (begun === 'gone' && !again) return withdraw(context, queued)
  const outcome = await limitCharges(() => charge(context, queued, { again, mayBegin: begun === 'begun' }))
  if (outcome.status === 'none') {
    return isOverdue(context, entry) ? expireOverdue(context, queued) : countOutcome('lost')
  }
  if (outcome.status === 'unknown') return noteUnknown(context, payment, outcome.cause)
  if (outcome.status === 'action') {
    // Where it has ended in between, the next delivery finds that.
    if (!(await waitForFan(context, queued, outcome))) countOutcome('overdue')
    return
  }
  if (outcome.status === 'succeeded') publishState(context, payment, 'paid')
  await settleAndEnd(context, queued, outcome)
}

/** Expires a payment of which no charge was begun, and none will be. */
async function withdraw(context: MakerContext, queued: QueuedPayment): Promise<void> {
  const { db, now, untilStored, countOutcome } = context
  const { payment } = queued
  const isExpired = await untilStored(() => expirePayment(db, payment.id, new Date(now()), NOT_HELD))
  if (!isExpired) return countOutcome('lost')
  await endQueued(context, queued, { payment, state: 'expired', reason: NOT_HELD })
}

/**
 * A payment that may have been attempted before is looked up first. `none`: it has not been charged, and it is too late
 * to begin, or not allowed.
 */
async function charge(
  context: MakerContext,
  { entry, payment }: QueuedPayment,
  { again, mayBegin }: { again: boolean; mayBegin: boolean },
): Promise<FoundCharge> {
  const { provider } = context
  const request = chargeRequestOf(payment, context)
  if (again) {
    const found = await provider.findCharge(payment.id, request)
    if (found.status !== 'none') return found
  }
  if (!mayBegin || isOverdue(context, entry)) return { status: 'none' }
  return provider.charge(request)
}
