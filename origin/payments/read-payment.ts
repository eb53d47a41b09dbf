import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { PaymentStatus, RequiredAction } from './payment.ts'
import { waitingOf } from './recorded-waiting.ts'

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
      ...given(state === 'action' ? parseRequired(fresh['required']) : undefined),
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
    .where(
      and(
        eq(payments.id, input.payment),
        eq(payments.accountId, input.account),
        eq(payments.festivalId, input.room),
      ),
    )
  if (row === undefined) return undefined
  return {
    id: input.payment,
    state: row.state === 'waiting' ? 'action' : row.state,
    orderId: row.orderId ?? undefined,
    reason: row.reason ?? undefined,
    ...given(waitingOf(row).required),
  }
}

function given(required: RequiredAction | undefined): { required?: RequiredAction } {
  return required === undefined ? {} : { required }
}

/** As `showWaiting` writes it. */
function parseRequired(json: string | undefined): RequiredAction | undefined {
  if (json === undefined) return undefined
  const { until, ...required } = JSON.parse(json) as Omit<RequiredAction, 'until'> & { until: string }
  return { ...required, until: new Date(until) }
}
