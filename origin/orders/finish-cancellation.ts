import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { rooms, units } from '../../drizzle/schema/catalogue.ts'
import {
  type BasketLine,
  type OrderState,
  orders,
  type PaymentState,
  payments,
} from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { PaymentProvider } from '../payments/provider.ts'
import { askRefund, type RefundResult, readReversed } from '../payments/refund-payment.ts'
import { showPayment } from '../payments/show-payment.ts'

export type FinishCancellationDeps = { db: Database; redis: Redis; provider: PaymentProvider; now: Clock }

export type FinishCancellationResult =
  | { status: 'finished' }
  /** Not being cancelled: owned, or no order. */
  | { status: 'not-cancelled' }
  /** The provider's outcome is unknown: to be requested again. */
  | { status: 'refund-unknown'; cause: unknown }
  /** Redis does not know the room now: to be retried after it was rebuilt. */
  | { status: 'room-absent' }

type CancelledOrder = {
  id: string
  room: string
  account: string
  paymentId: string
  amountMinor: number
  currency: string
  basket: BasketLine[]
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
  const order = await readOrder(deps.db, id)
  if (order === undefined || order.state === 'owned') return { status: 'not-cancelled' }
  if (order.state === 'cancelling') {
    if (order.payment !== 'refunded' && !isRefunded) {
      const refund = await refundRest(deps, order)
      if (refund.status !== 'refunded') return { status: 'refund-unknown', cause: refund.cause }
    }
    const freed = await freeUnits(deps, order)
    if (freed === 'room-absent') return { status: 'room-absent' }
  }
  if (order.stockReturnedAt === null) await returnStock(deps, order)
  return { status: 'finished' }
}

/**
 * What was refunded outside Naru is not refunded again, nor what an open dispute may take: the refund waits until that
 * is decided.
 */
async function refundRest(
  { db, provider }: FinishCancellationDeps,
  { paymentId, amountMinor, currency }: CancelledOrder,
): Promise<RefundResult> {
  const { doneMinor, isDisputed } = await readReversed(db, paymentId)
  if (isDisputed) return { status: 'unknown', cause: new Error('a dispute of the charge is open') }
  const restMinor = amountMinor - doneMinor
  if (restMinor <= 0 && amountMinor > 0) return { status: 'refunded' }
  return await askRefund(provider, { id: paymentId, amountMinor: restMinor, currency })
}

async function readOrder(db: Database, id: string): Promise<CancelledOrder | undefined> {
  const [order] = await db
    .select({
      id: orders.id,
      room: orders.festivalId,
      account: orders.accountId,
      paymentId: orders.paymentId,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      basket: payments.basket,
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
 * Frees the order's units in MySQL and marks it cancelled. Redis records it first, because only Redis knows whether its
 * stock still counts the units as sold. The record is written under the lock of the room's row, which `rebuild` takes
 * (as it increments the epoch) before it reads the units: a rebuild after a record that was lost finds the units free,
 * and one before it has them as sold and is what the record is written in.
 */
async function freeUnits({ db, redis }: FinishCancellationDeps, order: CancelledOrder) {
  const keys = roomKeys(order.room)
  return runTransaction(db, async (tx) => {
    // MariaDB has no FOR SHARE.
    await tx.execute(sql`select 1 from ${rooms} where ${rooms.id} = ${order.room} lock in share mode`)
    if (!(await lockCancelling(tx, order))) return 'freed'
    const [room] = await tx
      .select({ archivedAt: rooms.archivedAt })
      .from(rooms)
      .where(eq(rooms.id, order.room))
    // An archived room has no stock that could count the units, and is built from MySQL if it comes back.
    if (room?.archivedAt == null) {
      const [noted] = await redis.orderReturning(keys.settings, keys.returning, order.id)
      if (noted === 'absent') return 'room-absent'
    }
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

/** A room that Redis does not know will be built from MySQL, which has the units free: Redis needs no update. */
async function returnStock({ db, redis, now }: FinishCancellationDeps, order: CancelledOrder): Promise<void> {
  const keys = roomKeys(order.room)
  const { id, account, basket, paymentId } = order
  await redis.orderReturn(
    ...([keys.settings, keys.stock, keys.counts, keys.returning] as const),
    ...([id, account, JSON.stringify(basket)] as const),
  )
  await showPayment(redis, { id: paymentId, room: order.room }, 'refunded')
  await db
    .update(orders)
    .set({ stockReturnedAt: new Date(now()) })
    .where(and(eq(orders.id, id), isNull(orders.stockReturnedAt)))
}
