import { and, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { parseHold } from '../holds/hold.ts'

export type PaidOrder = { paymentId: string; holdId: string; festivalId: string }

/**
 * Finds the payment of an order that is to be cancelled or refunded in part. `unfinished`: MySQL has the order, and the
 * worker has not ended the payment in Redis yet; then units would be released from a hold that is still to be counted as
 * sold.
 *
 * @param account - finds the order only if it belongs to this account
 */
export async function findPaidOrder(
  { db, redis }: { db: Database; redis: Redis },
  order: string,
  account?: string,
): Promise<PaidOrder | 'missing' | 'unfinished'> {
  const [found] = await db
    .select({ paymentId: orders.paymentId, holdId: payments.holdId, festivalId: orders.festivalId })
    .from(orders)
    .innerJoin(payments, eq(payments.id, orders.paymentId))
    .where(and(eq(orders.id, order), account === undefined ? undefined : eq(orders.accountId, account)))
  if (found === undefined) return 'missing'
  const json = await redis.hget(roomKeys(found.festivalId).hold, found.holdId)
  return json !== null && parseHold(json).payment === found.paymentId ? 'unfinished' : found
}
