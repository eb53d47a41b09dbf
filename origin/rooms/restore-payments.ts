import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { deadLetters, orders, payments } from '../../drizzle/schema/purchases.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { isOpen } from '../payments/payment.ts'
import { isOpenIn } from './open-payments.ts'
import { Outdated } from './rebuild-writer.ts'

/** Read, and written to Redis concurrently, per batch. */
const PAYMENTS_PER_CHUNK = 500

/**
 * Restores the payments of a room that MySQL has recorded, that have not ended, and that Redis has lost: those to be
 * charged with the units they hold, those to be refunded without. Each is added to the stream, except those that were
 * dead-lettered and those that wait for their fans. Safe to repeat; also while the room is restored, for payments that a worker recorded in the meantime.
 *
 * @param rebuild.token - of the lease of the rebuilding origin; '' for a room that Redis knows
 * @param rebuild.expiresAt - until when a hold lasts whose payment is declined
 */
export async function restorePayments(
  { db, redis }: { db: Database | Transaction; redis: Redis },
  room: string,
  rebuild: { token: string; leaseMs: number; expiresAt: Date },
): Promise<number> {
  const keys = roomKeys(room)
  let restored = 0
  for (let after = ''; ; ) {
    const rows = await readOpen(db, room, after)
    const replies = await Promise.all(
      rows.map(({ id, state, deadLetter, ...payment }) =>
        redis.paymentRestore(
          ...([keys.settings, keys.rebuild, keys.stock, keys.counts] as const),
          ...([keys.holds, keys.hold, keys.payments, keys.payment(id)] as const),
          rebuild.token,
          rebuild.leaseMs,
          JSON.stringify({ payment: id, ...payment, state: state === 'accepted' ? state : 'charging' }),
          rebuild.expiresAt.getTime(),
          isOpen(state) ? 1 : 0,
          deadLetter === null && state !== 'waiting' ? 1 : 0,
        ),
      ),
    )
    if (replies.some(([status]) => status === 'outdated')) throw new Outdated(room)
    restored += replies.filter(([status]) => status === 'restored').length
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAYMENTS_PER_CHUNK) return restored
    after = last.id
  }
}

async function readOpen(db: Database | Transaction, room: string, after: string) {
  return db
    .select({
      id: payments.id,
      state: payments.state,
      account: payments.accountId,
      hold: payments.holdId,
      basket: payments.basket,
      amount: payments.amountMinor,
      currency: payments.currency,
      method: payments.method,
      deadLetter: sql<number | null>`max(${deadLetters.id})`,
    })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .leftJoin(deadLetters, and(eq(deadLetters.paymentId, payments.id), isNull(deadLetters.resolvedAt)))
    .where(and(isOpenIn(room), gt(payments.id, after)))
    .groupBy(payments.id)
    .orderBy(asc(payments.id))
    .limit(PAYMENTS_PER_CHUNK)
}
