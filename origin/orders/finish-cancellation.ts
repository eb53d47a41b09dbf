import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { units } from '../../drizzle/schema/catalogue.ts'
import {
  type BasketLine,
  type OrderState,
  orders,
  type PaymentState,
  payments,
} from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { RefundOutcome } from '../payments/provider.ts'
import { readReversed, requestRefund } from '../payments/refund-payment.ts'
import { showPayment } from '../payments/show-payment.ts'
import { type FinishRefundDeps, finishRefundsOf } from './finish-refund.ts'
import { readRefundedMinor } from './refunded.ts'
import { basketWithout, noteReturning, returnUnits, shareRoom } from './return-units.ts'

export type FinishCancellationDeps = FinishRefundDeps

export type FinishCancellationResult =
  | { status: 'finished' }
  /** Not being cancelled: owned, or no order. */
  | { status: 'not-cancelled' }
  /** The provider's outcome is unknown: to be requested again. */
  | { status: 'refund-unknown'; cause: unknown }
  /** The provider has the refund and has not decided. */
  | { status: 'refund-pending' }
  /** The provider refuses the refund: someone must find out why. */
  | { status: 'refund-refused'; reason: string }
  /** Redis does not know the room now: to be retried after it was rebuilt. */
  | { status: 'room-absent' }

const PART_UNDECIDED = 'a refund of a part is not decided'

type CancelledOrder = {
  id: string
  room: string
  account: string
  paymentId: string
  amountMinor: number
  currency: string
  basket: BasketLine[]
  /** Tickets that were refunded alone. */
  returned: BasketLine[] | null
  state: OrderState
  payment: PaymentState
  stockReturnedAt: Date | null
}

/**
 * Completes an order's cancellation: the money is refunded, its units are free in MySQL, and then for sale again in
 * Redis. Each step is durable before the next and may be repeated by any process at any time; completed steps are
 * skipped.
 *
 * @param isRefunded - when the provider's ledger has the refund already
 */
export async function finishCancellation(
  deps: FinishCancellationDeps,
  id: string,
  isRefunded = false,
): Promise<FinishCancellationResult> {
  const order = await readOrder(deps, id)
  if (order === 'part-undecided') return { status: 'refund-unknown', cause: new Error(PART_UNDECIDED) }
  if (order === undefined || order.state === 'owned') return { status: 'not-cancelled' }
  if (order.state === 'cancelling') {
    if (order.payment !== 'refunded' && !isRefunded) {
      const refund = await refundRest(deps, order)
      if (refund.status !== 'refunded') return undone(refund)
    }
    const freed = await freeUnits(deps, order)
    if (freed === 'room-absent') return { status: 'room-absent' }
  }
  if (order.stockReturnedAt === null) await returnStock(deps, order)
  return { status: 'finished' }
}

function undone(refund: Exclude<RefundOutcome, { status: 'refunded' }>): FinishCancellationResult {
  switch (refund.status) {
    case 'pending':
      return { status: 'refund-pending' }
    case 'refused':
      return { status: 'refund-refused', reason: refund.reason }
    case 'unknown':
      return { status: 'refund-unknown', cause: refund.cause }
  }
}

/**
 * What was refunded in part or outside Naru is not refunded again, nor what an open dispute may take: the refund waits
 * until that is decided.
 */
async function refundRest(
  { db, provider }: FinishCancellationDeps,
  { paymentId, amountMinor, currency }: CancelledOrder,
): Promise<RefundOutcome> {
  const { doneMinor, isDisputed } = await readReversed(db, paymentId)
  if (isDisputed) return { status: 'unknown', cause: new Error('a dispute of the charge is open') }
  const refunded = await readRefundedMinor(db, paymentId)
  const restMinor = amountMinor - doneMinor - refunded.doneMinor
  if (restMinor <= 0 && amountMinor > 0) return { status: 'refunded' }
  return await requestRefund(provider, { id: paymentId, amountMinor: restMinor, currency })
}

/** The order, read after its refunds in part are decided: one that failed has left more to return. */
async function readOrder(
  deps: FinishCancellationDeps,
  id: string,
): Promise<CancelledOrder | 'part-undecided' | undefined> {
  const order = await selectOrder(deps.db, id)
  if (order?.state !== 'cancelling') return order
  const undecided = await finishRefundsOf(deps, order.paymentId)
  return undecided === undefined ? await selectOrder(deps.db, id) : 'part-undecided'
}

async function selectOrder(db: Database, id: string): Promise<CancelledOrder | undefined> {
  const [order] = await db
    .select({
      id: orders.id,
      room: orders.festivalId,
      account: orders.accountId,
      paymentId: orders.paymentId,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      basket: payments.basket,
      returned: orders.returned,
      state: orders.state,
      payment: payments.state,
      stockReturnedAt: orders.stockReturnedAt,
    })
    .from(orders)
    .innerJoin(payments, eq(payments.id, orders.paymentId))
    .where(eq(orders.id, id))
  return order
}

/**
 * Frees the order's units in MySQL and marks it cancelled. Those of tickets that were refunded alone are free already,
 * and may belong to another order.
 */
async function freeUnits({ db, redis }: FinishCancellationDeps, order: CancelledOrder) {
  return runTransaction(db, async (tx) => {
    await shareRoom(tx, order.room)
    if (!(await lockCancelling(tx, order))) return 'freed'
    if ((await noteReturning(tx, redis, order)) === 'room-absent') return 'room-absent'
    await tx
      .update(payments)
      .set({ state: 'refunded' })
      .where(and(eq(payments.id, order.paymentId), eq(payments.state, 'refunding')))
    await tx
      .update(units)
      .set({ orderId: null })
      .where(
        and(
          inArray(
            units.ticketTypeId,
            order.basket.map(({ type }) => type),
          ),
          eq(units.orderId, order.id),
        ),
      )
    await tx.update(orders).set({ state: 'cancelled' }).where(eq(orders.id, order.id))
    return 'freed'
  })
}

/** False when another process has freed the units meanwhile. */
async function lockCancelling(tx: Transaction, order: CancelledOrder): Promise<boolean> {
  await tx.select({ id: payments.id }).from(payments).where(eq(payments.id, order.paymentId)).for('update')
  const [locked] = await tx
    .select({ state: orders.state })
    .from(orders)
    .where(eq(orders.id, order.id))
    .for('update')
  return locked?.state === 'cancelling'
}

async function returnStock({ db, redis, now }: FinishCancellationDeps, order: CancelledOrder): Promise<void> {
  const { id, paymentId, room } = order
  await returnUnits(redis, { ...order, basket: basketWithout(order.basket, order.returned) })
  await showPayment(redis, { id: paymentId, room }, 'refunded')
  await db
    .update(orders)
    .set({ stockReturnedAt: new Date(now()) })
    .where(and(eq(orders.id, id), isNull(orders.stockReturnedAt)))
}
