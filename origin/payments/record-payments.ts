import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { orders, type PaymentState, payments } from '../../drizzle/schema/purchases.ts'
import type { Payment } from './payment.ts'

/** A payment that MySQL knows. `again` is false when it was written just now, so that nobody can have charged it. */
export type RecordedPayment = { state: PaymentState; again: boolean; orderId?: string; reason?: string }

/** Why a payment is given up that nobody could charge. */
export const NOT_IN_TIME = 'not charged in time'

/**
 * Writes payments down before any of them is charged, in one statement, and says how MySQL knows each of them.
 * A payment recorded before is left as it is.
 *
 * @param expiredBecause - then those not recorded before are written down as given up, so that nobody charges them
 */
export async function recordPayments(
  db: Database,
  batch: readonly Payment[],
  at: Date,
  expiredBecause?: string,
): Promise<Map<string, RecordedPayment>> {
  if (batch.length === 0) return new Map()
  const end = expiredBecause === undefined ? {} : givenUp(at, expiredBecause)
  const [written] = await db
    .insert(payments)
    .values(batch.map((payment) => ({ ...paymentRow(payment, at), ...end })))
    .onDuplicateKeyUpdate({ set: { id: sql`${payments.id}` } })
  const fresh: RecordedPayment =
    expiredBecause === undefined
      ? { state: 'charging', again: false }
      : { state: 'expired', again: false, reason: expiredBecause }
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
    request: payment.request ?? null,
    state: 'charging' as PaymentState,
    createdAt: at,
  }
}

/** Gives up a recorded payment that nobody has charged. False when it has ended meanwhile, or was never recorded. */
export async function expirePayment(
  db: Database,
  id: string,
  at: Date,
  because: string = NOT_IN_TIME,
): Promise<boolean> {
  const [written] = await db
    .update(payments)
    .set(givenUp(at, because))
    .where(and(eq(payments.id, id), eq(payments.state, 'charging')))
  return written.affectedRows === 1
}

function givenUp(at: Date, reason: string) {
  return { state: 'expired' as PaymentState, reason, settledAt: at }
}
