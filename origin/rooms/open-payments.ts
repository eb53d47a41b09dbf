import { and, eq, inArray, isNull, or, type SQL } from 'drizzle-orm'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import { OPEN_STATES } from '../payments/payment.ts'

/**
 * Of payments joined with their orders, those of a room that a worker has still to finish. It does not refund cancelled
 * orders, so their payments are not among them.
 */
export function isOpenIn(room: string): SQL | undefined {
  return and(
    eq(payments.festivalId, room),
    or(inArray(payments.state, [...OPEN_STATES]), and(eq(payments.state, 'refunding'), isNull(orders.id))),
  )
}
