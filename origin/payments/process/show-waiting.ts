import type { Redis } from '../../../shared/redis/client.ts'
import { PAYMENT_CHANGES_CHANNEL, roomKeys } from '../../../shared/redis/keys.ts'
import type { Payment, RequiredAction } from '../payment.ts'
import { CONSUMER_GROUP } from '../payment-stream.ts'

/**
 * Shows the owner of a payment what they have to do, and takes it out of the stream, once MySQL has it as waiting. Safe
 * to repeat, and without an entry.
 */
export async function showWaiting(
  redis: Redis,
  { entry, payment }: { entry?: string; payment: Pick<Payment, 'id' | 'room' | 'hold'> },
  required: RequiredAction,
): Promise<void> {
  const keys = roomKeys(payment.room)
  await redis.paymentWait(
    ...([keys.payment(payment.id), keys.hold, keys.payments] as const),
    ...([payment.id, payment.hold, JSON.stringify(required), PAYMENT_CHANGES_CHANNEL] as const),
    ...([CONSUMER_GROUP, entry ?? ''] as const),
  )
}
