import type { z } from '@hono/zod-openapi'
import type { OrderSchema } from '../../shared/api/orders.ts'
import { Problem } from '../../shared/api/problem.ts'
import type { CancelOrderResult } from '../orders/cancel-order.ts'
import type { Order } from '../orders/find-orders.ts'

/** Whether the order is being cancelled, or was; throws the problem of a rejected cancellation. */
export function isCancelled(result: CancelOrderResult): boolean {
  switch (result.status) {
    case 'deadline-passed':
      throw new Problem('refund-deadline-passed', undefined, {
        members: { refundUntil: result.refundUntil.toISOString() },
      })
    case 'unfinished':
      throw orderUnfinished()
    case 'checked-in':
      throw new Problem('checked-in')
    case 'missing':
      return false
    case 'cancelling':
    case 'cancelled':
      return true
  }
}

export function orderUnfinished(): Problem {
  return new Problem('unavailable', 'The order was made a moment ago; try again shortly', {
    retryAfterSeconds: 2,
  })
}

export function orderMissing(): Problem {
  return new Problem('not-found', 'There is no such order')
}

export function showOrder({
  createdAt,
  cancelledAt,
  refunds,
  ...order
}: Order): z.output<typeof OrderSchema> {
  return {
    ...order,
    createdAt: createdAt.toISOString(),
    cancelledAt: cancelledAt?.toISOString() ?? null,
    refunds: refunds.map(withInstants),
  }
}

export function withInstants<T extends { createdAt: Date; endedAt: Date | null }>(
  refund: T,
): Omit<T, 'createdAt' | 'endedAt'> & { createdAt: string; endedAt: string | null } {
  const { createdAt, endedAt, ...rest } = refund
  return { ...rest, createdAt: createdAt.toISOString(), endedAt: endedAt?.toISOString() ?? null }
}
