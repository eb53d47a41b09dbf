import type { Redis } from '../../shared/redis/client.ts'
import { PAYMENT_CHANGES_CHANNEL, roomKeys } from '../../shared/redis/keys.ts'
import type { Payment, ShownState } from './payment.ts'

/**
 * Publishes a payment's progress to its owner, and notifies those who wait for it. A step back changes nothing. `lost`:
 * Redis does not know the payment any more.
 */
export async function showPayment(
  redis: Redis,
  payment: Pick<Payment, 'id' | 'room'>,
  state: ShownState,
  reason = '',
): Promise<'shown' | 'unchanged' | 'lost'> {
  const key = roomKeys(payment.room).payment(payment.id)
  const shown = await redis.paymentShow(key, payment.id, state, PAYMENT_CHANGES_CHANNEL, reason)
  if (shown < 0) return 'lost'
  return shown === 1 ? 'shown' : 'unchanged'
}
