import type { Redis } from '../../../shared/redis/client.ts'
import { PAYMENT_CHANGES_CHANNEL, roomKeys } from '../../../shared/redis/keys.ts'
import type { Payment } from '../payment.ts'

/**
 * Publishes to the owner of a payment that it is being charged.
 *
 * `gone`: Redis has the room and no hold for the payment, so it must not be charged. `lost`: likewise, but its hold may
 * come back, since the room is missing or being restored.
 */
export async function beginPayment(
  redis: Redis,
  { id, room, hold }: Pick<Payment, 'id' | 'room' | 'hold'>,
): Promise<'begun' | 'gone' | 'lost'> {
  const keys = roomKeys(room)
  return await redis.paymentBegin(
    ...([keys.payment(id), keys.hold, keys.settings] as const),
    ...([id, hold, PAYMENT_CHANGES_CHANNEL] as const),
  )
}
