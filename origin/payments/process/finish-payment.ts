import type { Redis } from '../../../shared/redis/client.ts'
import { PAYMENT_CHANGES_CHANNEL, roomKeys } from '../../../shared/redis/keys.ts'
import { REFUND_REASONS } from '../../../shared/refund-reasons.ts'
import type { Payment } from '../payment.ts'
import { CONSUMER_GROUP } from '../payment-stream.ts'
import type { AfterDecline } from './declines.ts'

/** How long Redis keeps the state of a payment that has ended. */
export const PAYMENT_REMEMBER_SECONDS = 3600

export type PaymentEnd = {
  state: 'confirmed' | 'declined' | 'refunded' | 'expired'
  orderId?: string
  reason?: string
  /** An expired payment's units stay held for another one, until their own time is over. */
  keepsHold?: boolean
  /** The consequences of a decline, or of giving up; none without it. */
  decline?: AfterDecline
}

/**
 * Ends a payment in Redis once MySQL has its outcome: units, hold and pass change, the state is published to its owner,
 * and its stream entry is acknowledged. Safe to repeat, and without an entry: then a worker that has one will find the
 * payment ended.
 */
export async function finishPayment(
  redis: Redis,
  { entry, payment }: { entry?: string; payment: Pick<Payment, 'id' | 'room' | 'hold' | 'account'> },
  end: PaymentEnd,
  rememberSeconds: number,
): Promise<void> {
  const keys = roomKeys(payment.room)
  const { pauseMs = 0, endsTurn = false } = end.decline ?? {}
  const { chargedLate, holdPaid, overLimit, wrongAmount } = REFUND_REASONS
  // The same pass has already bought with this hold, and covers one order.
  const isEntitled = ![overLimit, holdPaid, wrongAmount].some((reason) => reason === end.reason)
  const endsPass = endsTurn || end.reason === holdPaid
  const details = {
    ...(end.orderId === undefined ? {} : { order: end.orderId }),
    ...(end.reason === undefined ? {} : { reason: end.reason }),
    ...(endsTurn ? { turn: 'ended' } : {}),
  }
  const finish = (state: PaymentEnd['state'], acknowledged: string) =>
    redis.paymentFinish(
      keys.stock,
      keys.counts,
      keys.holds,
      keys.hold,
      keys.passes,
      keys.pass,
      keys.payments,
      keys.payment(payment.id),
      keys.payPause(payment.account),
      payment.id,
      payment.hold,
      payment.account,
      state,
      JSON.stringify(details),
      CONSUMER_GROUP,
      acknowledged,
      rememberSeconds,
      PAYMENT_CHANGES_CHANNEL,
      pauseMs,
      endsPass ? 1 : 0,
      end.keepsHold === true ? 'held' : isEntitled ? 'sold' : 'free',
    )
  // Refunded because no unit was left: another account has bought them. Money found after the payment's end has not
  // used them up, so if Redis never learned of that end, the hold continues as after any payment that was not charged.
  if (end.state === 'refunded' && end.reason === chargedLate) await finish('declined', '')
  await finish(end.state, entry ?? '')
}
