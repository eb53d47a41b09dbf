import { and, eq, inArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { orders, type PaymentState, payments } from '../../../drizzle/schema/purchases.ts'
import { retryDeadlocks } from '../../../drizzle/transaction.ts'
import { OPEN_STATES, type Payment } from '../payment.ts'

/** A payment that MySQL knows. `again` is false when a worker begins it now, so that it cannot have been charged. */
export type RecordedPayment = { state: PaymentState; again: boolean; orderId?: string; reason?: string }

/** Why a payment expires that cannot have been charged. */
export const NOT_IN_TIME = 'not charged in time'

/** Why a payment expires that was not charged, and for which Redis has no hold any more. */
export const NOT_HELD = 'what it was to pay for is not held any more'

/**
 * Records payments as accepted, in one statement, before any confirmation is sent. One recorded before is left as it
 * is, and so is that of the same request, which a Redis that had lost it accepted under another ID.
 *
 * Returns the ID under which MySQL has each, by the payment's own ID; one that is missing conflicts with another row.
 */
export async function acceptPayments(
  db: Database,
  batch: readonly Payment[],
  at: Date,
): Promise<Map<string, string>> {
  const written = await insertNew(db, batch, { state: 'accepted' }, at)
  if (written === batch.length) return new Map(batch.map(({ id }) => [id, id]))
  const requests = batch.flatMap(({ request }) => request ?? [])
  const rows = await db
    .select({ id: payments.id, request: payments.request })
    .from(payments)
    .where(or(inArray(payments.id, idsOf(batch)), inArray(payments.request, requests)))
  const ids = new Set(rows.map(({ id }) => id))
  const idOf = new Map(rows.map(({ id, request }) => [request, id]))
  return new Map(
    batch.flatMap(({ id, request }) => {
      const known = ids.has(id) ? id : idOf.get(request ?? '')
      return known === undefined ? [] : [[id, known]]
    }),
  )
}

/**
 * Marks payments as begun, before any of them is charged: those that were accepted become `charging` in one statement.
 * Those whose origin died before it recorded them, or has not reached them, are recorded now, in another. Returns the
 * state of each in MySQL; one recorded as charging or ended before is left as it is.
 *
 * One that is missing in the result is recorded under another ID: its request was accepted twice.
 *
 * @param expiredBecause - if given, payments not begun are recorded as expired instead
 */
export async function beginPayments(
  db: Database,
  batch: readonly Payment[],
  at: Date,
  expiredBecause?: string,
): Promise<Map<string, RecordedPayment>> {
  if (batch.length === 0) return new Map()
  const begun: Begun = expiredBecause === undefined ? { state: 'charging' } : abandoned(at, expiredBecause)
  let fresh = await moveAccepted(db, batch, begun)
  if (fresh < batch.length) fresh += await insertNew(db, batch, begun, at)
  // Its origin may have recorded one of them between these two statements.
  if (fresh < batch.length) fresh += await moveAccepted(db, batch, begun)
  if (fresh === batch.length) {
    const { state, reason } = begun
    return new Map(
      batch.map(({ id }) => [id, { state, again: false, ...(reason === undefined ? {} : { reason }) }]),
    )
  }
  // Some have been begun before. The statement does not return which, and looking up the others too does no harm.
  return await readRecorded(db, batch)
}

type Begun = { state: PaymentState; reason?: string; settledAt?: Date }

/** Returns how many were accepted, and are in the new state now. */
async function moveAccepted(db: Database, batch: readonly Payment[], begun: Begun): Promise<number> {
  const isOfBatch = sql`${payments.id} in (${sql.param(idsOf(batch))})`
  // Not as a comparison that could use the index on states: it would lock rows that others are recording.
  const isAccepted = sql`if(${payments.state} = 'accepted', 1, 0)`
  return await retryDeadlocks(async () => {
    const [written] = await db.update(payments).set(begun).where(and(isOfBatch, isAccepted))
    return written.affectedRows
  })
}

/** Returns how many were inserted. In order of their IDs, so that two writers of the same rows do not deadlock. */
async function insertNew(db: Database, batch: readonly Payment[], begun: Begun, at: Date): Promise<number> {
  const rows = batch
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((payment) => ({ ...paymentRow(payment, at), ...begun }))
  return await retryDeadlocks(async () => {
    const [written] = await db
      .insert(payments)
      .values(rows)
      .onDuplicateKeyUpdate({ set: { id: sql`${payments.id}` } })
    return written.affectedRows
  })
}

async function readRecorded(db: Database, batch: readonly Payment[]): Promise<Map<string, RecordedPayment>> {
  const rows = await db
    .select({ id: payments.id, state: payments.state, reason: payments.reason, orderId: orders.id })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(inArray(payments.id, idsOf(batch)))
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

function idsOf(batch: readonly Payment[]): string[] {
  return batch.map(({ id }) => id)
}

/** The row of a payment, in whatever state it is written. */
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
    createdAt: at,
  }
}

/** Expires a payment that no worker has begun, and that none will find. Does nothing to one that was begun. */
export async function withdrawAccepted(db: Database, id: string, at: Date): Promise<void> {
  await db
    .update(payments)
    .set(abandoned(at, NOT_HELD))
    .where(and(eq(payments.id, id), eq(payments.state, 'accepted')))
}

/** Expires a recorded payment that was not charged. False when it has ended meanwhile, or was never recorded. */
export async function expirePayment(
  db: Database,
  id: string,
  at: Date,
  because: string = NOT_IN_TIME,
): Promise<boolean> {
  const [written] = await db
    .update(payments)
    .set(abandoned(at, because))
    .where(and(eq(payments.id, id), inArray(payments.state, [...OPEN_STATES])))
  return written.affectedRows === 1
}

function abandoned(at: Date, reason: string): Begun {
  return { state: 'expired', reason, settledAt: at }
}
