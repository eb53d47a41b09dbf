import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, type PaymentAction, type PaymentState, payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { PaymentStatus, RequiredAction } from './payment.ts'

/** A payment's state, for its owner alone: from Redis while it is fresh, then from MySQL. */
export async function readPayment(
  deps: { redis: Redis; db: Database },
  input: { room: string; payment: string; account: string },
): Promise<PaymentStatus | undefined> {
  const fresh = await deps.redis.hgetall(roomKeys(input.room).payment(input.payment))
  if (fresh['state'] !== undefined) {
    if (fresh['account'] !== input.account) return undefined
    const state = fresh['state'] as PaymentStatus['state']
    return {
      ...{ id: input.payment, state, orderId: fresh['order'], reason: fresh['reason'] },
      ...(fresh['turn'] === 'ended' ? { turnEnded: true } : {}),
    }
  }
  const [row] = await deps.db
    .select({
      state: payments.state,
      reason: payments.reason,
      orderId: orders.id,
      action: payments.action,
      until: payments.actionUntil,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
    })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(and(eq(payments.id, input.payment), eq(payments.accountId, input.account)))
  if (row === undefined) return undefined
  return {
    id: input.payment,
    state: row.state === 'waiting' ? 'action' : row.state,
    orderId: row.orderId ?? undefined,
    reason: row.reason ?? undefined,
    ...requiredOf(row),
  }
}

function requiredOf(row: {
  state: PaymentState
  action: PaymentAction | null
  until: Date | null
  amountMinor: number
  currency: string
}): { required?: RequiredAction } {
  const { state, action, until, amountMinor, currency } = row
  if (state !== 'waiting' || action === null || until === null) return {}
  return { required: { action, until, amountMinor, currency } }
}
