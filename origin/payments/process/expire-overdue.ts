import { chargeAttemptOf, isOpen } from '../payment.ts'
import { entryAt, type QueuedPayment } from '../payment-entry.ts'
import { abandonCharge } from './abandon-charge.ts'
import { endQueued, settleAndEnd } from './end-queued.ts'
import type { MakerContext } from './maker-context.ts'
import { beginPayments, expirePayment } from './record-payments.ts'
import { noteUnknown } from './report-payment.ts'

/**
 * Expires a payment that is overdue: no worker begins its charge any more. Once one that was begun at the last moment
 * must have reached the provider, and the provider does not know it, the payment has expired. Should it be charged
 * nevertheless (a worker stalled between its check of the clock and its request), settling finds the payment expired
 * and refunds it.
 */
export async function expireOverdue(context: MakerContext, queued: QueuedPayment): Promise<void> {
  const { db, provider, now, untilStored, countOutcome } = context
  const { entry, payment } = queued
  if (now() - entryAt(entry) <= context.expireMs + context.expireMarginMs) return countOutcome('overdue')
  const found = await provider.findCharge(payment.id, chargeAttemptOf(payment, now))
  if (found.status === 'unknown') return noteUnknown(context, payment, found.cause)
  if (found.status !== 'none') return countOutcome('overdue')
  await untilStored(() => expirePayment(db, payment.id, new Date(now())))
  const left = await untilStored(() => abandonCharge({ db, provider, now }, payment))
  if (left.status === 'succeeded') return settleAndEnd(context, queued, left)
  if (left.status === 'unknown') {
    context.log.warn(
      { err: left.cause, payment: payment.id },
      'an attempt stays open until reconciling finds it',
    )
    countOutcome('not-abandoned')
  }
  const recorded = (await untilStored(() => beginPayments(db, [payment], new Date(now())))).get(payment.id)
  if (recorded === undefined || isOpen(recorded.state)) return countOutcome('overdue')
  await endQueued(context, queued, { payment, ...recorded, state: recorded.state })
}
