import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { v7 as uuidv7 } from 'uuid'
import { roomKeys } from '../../shared/redis/keys.ts'

export type AcceptPaymentResult =
  | { status: 'accepted'; payment: string }
  | { status: 'paying'; payment: string }
  | { status: 'key-reused' | 'hold-missing' | 'hold-expired' | 'busy' | 'room-absent' }

/**
 * Takes a payment for a pass' hold into the stream, from which a worker makes it. Once accepted it is not lost, and
 * the hold does not expire. The same Idempotency-Key and request give the same payment.
 */
export async function acceptPayment(
  deps: { redis: Redis; rememberSeconds: number; waitingMax: number },
  input: { room: string; account: string; passId: string; method: string; idempotencyKey: string },
): Promise<AcceptPaymentResult> {
  const keys = roomKeys(input.room)
  const id = uuidv7()
  const digest = createHash('sha256')
    .update(JSON.stringify([input.passId, input.method]))
    .digest('base64url')
  const [status, payment] = await deps.redis.paymentAccept(
    keys.settings,
    keys.holds,
    keys.hold,
    keys.payments,
    keys.payment(id),
    keys.idempotency(input.account, input.idempotencyKey),
    input.account,
    input.passId,
    id,
    input.method,
    digest,
    deps.rememberSeconds,
    deps.waitingMax,
  )
  switch (status) {
    case 'accepted':
    case 'paying':
      return { status, payment: String(payment) }
    case 'key-reused':
    case 'busy':
      return { status }
    case 'missing':
      return { status: 'hold-missing' }
    case 'expired':
      return { status: 'hold-expired' }
    default:
      return { status: 'room-absent' }
  }
}
