import { and, eq, inArray } from 'drizzle-orm'
import type { Database, Transaction } from '../../../drizzle/database.ts'
import {
  orders,
  type PaymentState,
  payments,
  refunds,
  reversals,
  tickets,
} from '../../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../../drizzle/transaction.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import { cancelOrder } from '../../orders/cancel-order.ts'
import { finishCancellation } from '../../orders/finish-cancellation.ts'
import { readRefundedMinor } from '../../orders/refunded.ts'
import type { PaymentProvider, Reversal } from '../provider.ts'

export type NoteReversalsDeps = {
  db: Database
  redis: Redis
  provider: PaymentProvider
  now: Clock
  /** Writes the e-mail to the buyer; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
}

export type NoteReversalsResult =
  /** Nothing of the charge was refunded or disputed outside Naru. */
  | { status: 'none' }
  /** Recorded for the organiser; the affected tickets are flagged. `isNew` unless all of it was known. */
  | { status: 'noted'; isNew: boolean; order: string | undefined }
  /** The whole charge was refunded, and so the order is cancelled. */
  | { status: 'cancelled'; isNew: boolean; order: string }
  /** The provider or a step of the purchase has no result yet: to be checked again. */
  | { status: 'unknown'; cause: unknown }

type ChargedPayment = { id: string; room: string; account: string; chargeId: string; order: string | null }

/**
 * Records what was refunded and disputed of a payment at the provider without Naru, and applies the consequences: when
 * the whole charge was refunded, the order is cancelled; otherwise its tickets are flagged for the gate. Idempotent,
 * and safe to run concurrently: webhooks and reconciling both call it.
 */
export async function noteReversals(
  deps: NoteReversalsDeps,
  paymentId: string,
): Promise<NoteReversalsResult> {
  const { db, provider } = deps
  const payment = await readCharged(db, paymentId)
  if (payment === undefined || provider.findReversals === undefined) return { status: 'none' }
  const found = await provider.findReversals({ key: payment.id, chargeId: payment.chargeId })
  if (found.status === 'unknown') return found
  const { reversals: reversed } = found
  if (reversed.length === 0) return { status: 'none' }
  const { isNew, isWhole } = await runTransaction(db, (tx) => recordAll(tx, payment, reversed, deps.now()))
  const { order } = payment
  if (!isWhole || order === null) return { status: 'noted', isNew, order: order ?? undefined }
  const { status } = await cancelOrder(deps, { order, account: payment.account, by: 'provider' })
  if (status === 'unfinished') return { status: 'unknown', cause: new Error('the payment is being finished') }
  if (status !== 'cancelling' && status !== 'cancelled') return { status: 'noted', isNew, order }
  const finished = await finishCancellation(deps, order, true)
  if (finished.status === 'finished') return { status: 'cancelled', isNew, order }
  return { status: 'unknown', cause: new Error(`the cancellation is ${finished.status}`) }
}

async function readCharged(db: Database, id: string): Promise<ChargedPayment | undefined> {
  const [row] = await db
    .select({
      id: payments.id,
      room: payments.festivalId,
      account: payments.accountId,
      chargeId: payments.chargeId,
      amountMinor: payments.amountMinor,
      order: orders.id,
    })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(eq(payments.id, id))
  if (row?.chargeId == null || row.amountMinor === 0) return undefined
  const { amountMinor: _, ...payment } = row
  return { ...payment, chargeId: row.chargeId }
}

/** The payment's row is locked first, as in cancelling, so that two runs for it are serialised. */
async function recordAll(
  tx: Transaction,
  payment: ChargedPayment,
  found: readonly Reversal[],
  now: number,
): Promise<{ isNew: boolean; isWhole: boolean }> {
  const state = await lockPayment(tx, payment.id)
  const [own, outside] = [
    found.filter(({ key }) => key !== undefined),
    found.filter(({ key }) => key === undefined),
  ]
  const isBounced = await recordBounced(tx, payment, own)
  const isNew = await recordOutside(tx, { payment, state, now }, outside)
  return { isNew: isNew || isBounced, isWhole: (await flagTickets(tx, payment.id)) === 'refunded' }
}

/** Refunds in part that were done, and whose money the provider got back later. */
async function recordBounced(
  tx: Transaction,
  payment: ChargedPayment,
  own: readonly Reversal[],
): Promise<boolean> {
  const failed = own.flatMap(({ key, state }) => (key !== undefined && state === 'failed' ? [key] : []))
  if (failed.length === 0) return false
  const [written] = await tx
    .update(refunds)
    .set({ state: 'bounced' })
    .where(and(eq(refunds.paymentId, payment.id), inArray(refunds.id, failed), eq(refunds.state, 'done')))
  return written.affectedRows > 0
}

async function recordOutside(
  tx: Transaction,
  { payment, state, now }: { payment: ChargedPayment; state: PaymentState | undefined; now: number },
  found: readonly Reversal[],
): Promise<boolean> {
  const known = await tx.select().from(reversals).where(eq(reversals.paymentId, payment.id))
  const knownById = new Map(known.map((row) => [row.id, row]))
  let isNew = false
  for (const { id, kind, state: reached, amountMinor, madeAt } of found) {
    const before = knownById.get(id)
    if (before?.state === reached && before.amountMinor === amountMinor) continue
    // The rest of a payment that is not confirmed is refunded by Naru. A dispute of a refunded one would take the money a
    // second time.
    if (before === undefined && (reached === 'failed' || (kind === 'refund' && state !== 'confirmed')))
      continue
    isNew = true
    // A failed reversal needs no decision any more; anything else is new to the organiser.
    const row = { state: reached, amountMinor, settledAt: reached === 'failed' ? new Date(now) : null }
    if (before !== undefined) await tx.update(reversals).set(row).where(eq(reversals.id, id))
    else {
      const about = { id, kind, paymentId: payment.id, festivalId: payment.room, madeAt }
      await tx.insert(reversals).values({ ...about, ...row, foundAt: new Date(now) })
    }
  }
  return isNew
}

export async function lockPayment(tx: Transaction, id: string): Promise<PaymentState | undefined> {
  const [row] = await tx
    .select({ state: payments.state })
    .from(payments)
    .where(eq(payments.id, id))
    .for('update')
  return row?.state
}

/** Flags the live tickets of a payment by its reversals that no organiser has settled. Returns the flag. */
export async function flagTickets(tx: Transaction, paymentId: string) {
  const rows = await tx.select().from(reversals).where(eq(reversals.paymentId, paymentId))
  const [order] = await tx
    .select({ id: orders.id, amountMinor: orders.amountMinor })
    .from(orders)
    .where(eq(orders.paymentId, paymentId))
  if (order === undefined) return null
  const open = rows.filter(({ settledAt, state }) => settledAt === null && state !== 'failed')
  const backMinor = rows.reduce(
    (sum, { state, amountMinor }) => sum + (state === 'done' ? amountMinor : 0),
    0,
  )
  const { doneMinor } = await readRefundedMinor(tx, paymentId)
  const flag = flagOf(open, backMinor + doneMinor >= order.amountMinor)
  await tx
    .update(tickets)
    .set({ flag })
    .where(and(eq(tickets.orderId, order.id), eq(tickets.live, true)))
  return flag
}

function flagOf(open: readonly { state: string }[], isWhole: boolean) {
  const isBack = open.some(({ state }) => state === 'done')
  if (isBack && isWhole) return 'refunded'
  if (open.some(({ state }) => state === 'open')) return 'disputed'
  return isBack ? 'refunded-in-part' : null
}

/** Payments with a dispute that is not decided: the provider may decide it at any time. */
export async function readDisputed(db: Database, limit: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: reversals.paymentId })
    .from(reversals)
    .where(eq(reversals.state, 'open'))
    .limit(limit)
  return rows.map(({ id }) => id)
}
