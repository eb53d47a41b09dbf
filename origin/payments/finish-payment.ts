import type { Redis } from 'ioredis'
import { roomKeys } from '../../shared/redis/keys.ts'
import { CONSUMER_GROUP, type QueuedPayment } from './payment-stream.ts'

export type PaymentEnd = {
  state: 'confirmed' | 'declined' | 'refunded' | 'expired'
  orderId?: string
  reason?: string
}

/**
 * Ends a payment in Redis once MySQL has its outcome: units, hold and pass change, its owner can see it, and its
 * stream entry is acknowledged. Safe to repeat.
 */
export async function finishPayment(
  redis: Redis,
  { entry, payment }: QueuedPayment,
  end: PaymentEnd,
  rememberSeconds: number,
): Promise<void> {
  const keys = roomKeys(payment.room)
  const details = {
    ...(end.orderId === undefined ? {} : { order: end.orderId }),
    ...(end.reason === undefined ? {} : { reason: end.reason }),
  }
  await redis.paymentFinish(
    keys.stock,
    keys.counts,
    keys.holds,
    keys.hold,
    keys.passes,
    keys.pass,
    keys.payments,
    keys.payment(payment.id),
    payment.id,
    payment.hold,
    payment.account,
    end.state,
    JSON.stringify(details),
    CONSUMER_GROUP,
    entry,
    rememberSeconds,
  )
}
