import { eq, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, type PaymentState, payments } from '../../drizzle/schema/purchases.ts'
import type { Payment } from './payment.ts'

/** A payment that MySQL knows. `again` is false when it was written just now, so that nobody can have charged it. */
export type RecordedPayment = { state: PaymentState; again: boolean; orderId?: string; reason?: string }

/**
 * Writes payments down before any of them is charged, in one statement, and says how MySQL knows each of them.
 * A payment recorded before is left as it is.
 */
export async function recordPayments(
  db: Database,
  batch: readonly Payment[],
  at: Date,
): Promise<Map<string, RecordedPayment>> {
  if (batch.length === 0) return new Map()
  const [written] = await db
    .insert(payments)
    .values(batch.map((payment) => paymentRow(payment, at)))
    .onDuplicateKeyUpdate({ set: { id: sql`${payments.id}` } })
  const fresh: RecordedPayment = { state: 'charging', again: false }
  if (written.affectedRows === batch.length) return new Map(batch.map(({ id }) => [id, fresh]))

  const rows = await db
    .select({ id: payments.id, state: payments.state, reason: payments.reason, orderId: orders.id })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(
      inArray(
        payments.id,
        batch.map(({ id }) => id),
      ),
    )
  return new Map(
    rows.map(({ id, state, reason, orderId }) => [
      id,
      {
        state,
        again: true,
        ...(reason === null ? {} : { reason }),
        ...(orderId === null ? {} : { orderId }),
      },
    ]),
  )
}

/** The row of a payment that has been recorded and not yet settled. */
export function paymentRow(payment: Payment, at: Date) {
  return {
    id: payment.id,
    accountId: payment.account,
    festivalId: payment.room,
    holdId: payment.hold,
    basket: payment.basket,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    method: payment.method,
    state: 'charging' as PaymentState,
    createdAt: at,
  }
}
