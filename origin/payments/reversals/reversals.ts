import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { shownNumber } from '../../../drizzle/order-number.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { orders, payments, type ReversalState, reversals } from '../../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../../drizzle/transaction.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { recordChange } from '../../audit-log/record-change.ts'
import { flagTickets, lockPayment } from './note-reversals.ts'

/** A refund or dispute that was made at the provider, as the organiser sees it. */
export type ListedReversal = {
  id: string
  kind: 'refund' | 'dispute'
  state: ReversalState
  amountMinor: number
  currency: string
  madeAt: Date
  settledAt: Date | null
  payment: string
  order: string | null
  /** The order number that people use. */
  orderNumber: string | null
  account: { id: string; name: string }
}

/** A room's refunds and disputes that were made at the provider: unsettled ones first, newest first. */
export async function listReversals(
  db: Database,
  { room, limit }: { room: string; limit: number },
): Promise<ListedReversal[]> {
  const rows = await db
    .select({
      id: reversals.id,
      kind: reversals.kind,
      state: reversals.state,
      amountMinor: reversals.amountMinor,
      currency: payments.currency,
      madeAt: reversals.madeAt,
      settledAt: reversals.settledAt,
      payment: reversals.paymentId,
      order: { id: orders.id, number: orders.number },
      account: { id: accounts.id, name: accounts.name },
    })
    .from(reversals)
    .innerJoin(payments, eq(payments.id, reversals.paymentId))
    .innerJoin(accounts, eq(accounts.id, payments.accountId))
    .leftJoin(orders, eq(orders.paymentId, reversals.paymentId))
    .where(eq(reversals.festivalId, room))
    .orderBy(sql`${reversals.settledAt} is null desc`, desc(reversals.foundAt), desc(reversals.id))
    .limit(limit)
  return rows.map(({ order, ...row }) => ({
    ...row,
    order: order?.id ?? null,
    orderNumber: order === null ? null : shownNumber(order),
  }))
}

export type SettleReversalResult = { status: 'settled' | 'missing' | 'closed' }

/**
 * An organiser has seen a refund or dispute and keeps its tickets valid: they lose their flag. A later change of it at
 * the provider opens it again. Written to the audit log.
 */
export async function settleReversal(
  { db, now }: { db: Database; now: Clock },
  input: { room: string; id: string; account: string },
): Promise<SettleReversalResult> {
  const isIt = and(eq(reversals.id, input.id), eq(reversals.festivalId, input.room))
  const [found] = await db.select({ paymentId: reversals.paymentId }).from(reversals).where(isIt)
  if (found === undefined) return { status: 'missing' }
  return await runTransaction(db, async (tx) => {
    await lockPayment(tx, found.paymentId)
    const at = new Date(now())
    const [written] = await tx
      .update(reversals)
      .set({ settledAt: at })
      .where(and(isIt, isNull(reversals.settledAt)))
    if (written.affectedRows === 0) return { status: 'closed' }
    await flagTickets(tx, found.paymentId)
    await recordChange(tx, {
      at,
      accountId: input.account,
      action: 'payment.settle',
      subject: input.room,
      festivalId: input.room,
      before: { payment: found.paymentId, reversal: input.id },
      after: { action: 'settle' },
    })
    return { status: 'settled' }
  })
}
