import type { QueuedPayment } from '../payment-entry.ts'
import { refundPayment } from '../refund-payment.ts'
import { evaluateDecline } from './declines.ts'
import { finishPayment, type PaymentEnd } from './finish-payment.ts'
import type { MakerContext } from './maker-context.ts'
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
  const ended = await endOf(context, settled)
  if (ended === undefined) return countOutcome('unknown-refund')
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

/** How a settled payment ends; undefined while the outcome of its refund is unknown. */
async function endOf(context: MakerContext, settled: SettledPayment): Promise<PaymentEnd | undefined> {
  const { state, orderId } = settled
  // Its order was cancelled meanwhile: the hold was sold, and the cancellation refunds the money and frees the units.
  if (orderId !== undefined) return { state: 'confirmed', orderId }
  return state === 'refunding' ? await refund(context, settled) : { ...settled, state }
}

async function refund(
  context: MakerContext,
  { payment, reason }: SettledPayment,
): Promise<PaymentEnd | undefined> {
  const { db, provider, log } = context
  log.error({ payment: payment.id, reason }, 'a charge has to be given back')
  publishState(context, payment, 'refunding', reason)
  const refunded = await refundPayment({ db, provider }, payment)
  if (refunded.status === 'refunded')
    return { state: 'refunded', ...(reason === undefined ? {} : { reason }) }
  noteUnknown(context, payment, refunded.cause)
  return undefined
}
