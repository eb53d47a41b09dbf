import { fieldsOf, type QueuedPayment } from '../payment-entry.ts'
import { refundPayment } from '../refund-payment.ts'
import { evaluateDecline } from './declines.ts'
import { deadLetterEntry } from './failed-payment.ts'
import { finishPayment, type PaymentEnd } from './finish-payment.ts'
import type { MakerContext } from './maker-context.ts'
import { refusedRefund } from './move-to-dead-letters.ts'
import { noteUnknown, publishState } from './report-payment.ts'
import type { ChargedPayment, SettledPayment } from './settle-payments.ts'

/** Settles a charged or declined payment in MySQL, and ends it in Redis. */
export async function settleAndEnd(
  context: MakerContext,
  queued: QueuedPayment,
  outcome: ChargedPayment['outcome'],
): Promise<void> {
  const result = await context.settle({ payment: queued.payment, outcome })
  if (result.status === 'failed') throw result.error
  if (result.settled === undefined) throw new Error('a recorded payment is not in MySQL')
  await endQueued(context, queued, result.settled)
}

/** Ends in Redis a payment that MySQL has as settled; one without units is refunded first. */
export async function endQueued(
  context: MakerContext,
  queued: QueuedPayment,
  settled: SettledPayment,
): Promise<void> {
  const { redis, db, now, untilStored, countOutcome, rememberSeconds } = context
  const ended = await endOf(context, queued, settled)
  if (ended === undefined) return
  if (ended.state === 'declined') {
    ended.decline = await untilStored(() => evaluateDecline(db, queued.payment, new Date(now())))
    if (ended.decline.endsTurn) countOutcome('turn-ended')
  }
  await untilStored(() => finishPayment(redis, queued, ended, rememberSeconds))
  // The payment of a cancelled order; Redis may have lost that state.
  if (settled.orderId !== undefined && settled.state !== 'confirmed') {
    publishState(context, settled.payment, settled.state)
  }
  countOutcome(ended.state)
}

/** How a settled payment ends; undefined while it is not refunded. */
async function endOf(
  context: MakerContext,
  { entry }: QueuedPayment,
  settled: SettledPayment,
): Promise<PaymentEnd | undefined> {
  const { state, orderId } = settled
  // Its order was cancelled meanwhile: the hold was sold, and the cancellation refunds the money and frees the units.
  if (orderId !== undefined) return { state: 'confirmed', orderId }
  return state === 'refunding' ? await refund(context, entry, settled) : { ...settled, state }
}

/**
 * While the provider has not decided, the entry stays in the stream, and its backoff grows. A refund that it refuses
 * would be refused again: it is left to the organiser, and to reconciling.
 */
async function refund(
  context: MakerContext,
  entry: string,
  { payment, reason }: SettledPayment,
): Promise<PaymentEnd | undefined> {
  const { db, provider, log, countOutcome } = context
  publishState(context, payment, 'refunding', reason)
  const refunded = await refundPayment({ db, provider }, payment)
  if (refunded.status === 'pending') {
    log.info({ payment: payment.id, reason }, 'the provider has not decided a refund; asking again later')
    countOutcome('refund-pending')
    return undefined
  }
  log.error({ payment: payment.id, reason }, 'a charge has to be given back')
  switch (refunded.status) {
    case 'refunded':
      return { state: 'refunded', ...(reason === undefined ? {} : { reason }) }
    case 'refused': {
      const why = refusedRefund(refunded.reason)
      countOutcome('refund-refused')
      await deadLetterEntry(context, { entry, fields: fieldsOf(payment), reason: why, attempts: 1 })
      return undefined
    }
    case 'unknown':
      noteUnknown(context, payment, refunded.cause)
      countOutcome('unknown-refund')
      return undefined
  }
}
