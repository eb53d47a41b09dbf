import { and, asc, eq, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../../drizzle/transaction.ts'
import type { Payment, RequiredAction } from '../payment.ts'
import type { ActionRequired, ChargeAttempt } from '../provider.ts'
import { type RecordedWaiting, waitingOf } from '../recorded-waiting.ts'
import { paymentRow } from './record-payments.ts'

export type WaitingPayment = { payment: Payment; required: Pick<RequiredAction, 'action' | 'until'> }

/**
 * Records that payments wait for their fans, before anyone is sent to the provider: all of a batch in one transaction.
 * Only those being charged change; one that waits already keeps its first action, and one that has ended its end.
 *
 * Returns the state of each in MySQL, by its ID; one that was never recorded is missing.
 */
export async function recordWaiting(
  db: Database,
  batch: readonly WaitingPayment[],
  at: Date,
): Promise<Map<string, RecordedWaiting>> {
  const ids = [...new Set(batch.map(({ payment }) => payment.id))]
  return await runTransaction(db, async (tx) => {
    const known = await tx
      .select(COLUMNS)
      .from(payments)
      // A list as one parameter, which the driver expands; in the order of IDs, so that two batches cannot deadlock.
      .where(sql`${payments.id} in (${sql.param(ids)})`)
      .orderBy(asc(payments.id))
      .for('update')
    const charging = new Set(known.filter(({ state }) => state === 'charging').map(({ id }) => id))
    const waiting = batch.filter(({ payment }) => charging.delete(payment.id))
    if (waiting.length > 0) {
      await tx
        .insert(payments)
        .values(
          waiting.map(({ payment, required: { action, until: actionUntil } }) => {
            return { ...paymentRow(payment, at), state: 'waiting' as const, action, actionUntil }
          }),
        )
        .onDuplicateKeyUpdate({
          set: {
            state: sql`values(${payments.state})`,
            action: sql`values(${payments.action})`,
            actionUntil: sql`values(${payments.actionUntil})`,
          },
        })
    }
    const recorded = new Map(known.map(({ id, ...row }) => [id, waitingOf(row)]))
    for (const { payment, required } of waiting) {
      const { amountMinor, currency } = payment
      recorded.set(payment.id, { state: 'waiting', required: { ...required, amountMinor, currency } })
    }
    return recorded
  })
}

/** Replaces what is required of a fan: a provider may ask for money once the fan has chosen a bank. */
export async function replaceAction(
  db: Database,
  id: string,
  { action, until }: Pick<RequiredAction, 'action' | 'until'>,
): Promise<void> {
  await db
    .update(payments)
    .set({ action, actionUntil: until })
    .where(and(eq(payments.id, id), eq(payments.state, 'waiting')))
}

/** What is required of the fan of a payment that waits; undefined for any other. */
export async function readRequired(db: Database, id: string): Promise<RequiredAction | undefined> {
  const [row] = await db
    .select(COLUMNS)
    .from(payments)
    .where(and(eq(payments.id, id), eq(payments.state, 'waiting')))
  return row === undefined ? undefined : waitingOf(row).required
}

/** Notes that Redis has the end of a payment that waited: until then it is finished there again. */
export async function noteFinished(db: Database, id: string): Promise<void> {
  await db
    .update(payments)
    .set({ actionUntil: null })
    .where(and(eq(payments.id, id), isNotNull(payments.actionUntil)))
}

/** The provider's own end of an action, at most as late as ours. */
export function boundedAction(
  { action, until }: Pick<ActionRequired, 'action' | 'until'>,
  attempt: ChargeAttempt,
): Pick<RequiredAction, 'action' | 'until'> {
  const latest = action.kind === 'deposit' ? (attempt.depositUntil ?? attempt.until) : attempt.until
  return { action, until: until < latest ? until : latest }
}

const COLUMNS = {
  id: payments.id,
  state: payments.state,
  action: payments.action,
  until: payments.actionUntil,
  amountMinor: payments.amountMinor,
  currency: payments.currency,
}
