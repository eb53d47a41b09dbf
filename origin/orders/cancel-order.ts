import { and, eq, min } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { shownNumber } from '../../drizzle/order-number.ts'
import { ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { checkIns, orders, payments, tickets } from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { isRedisUnavailable } from '../../shared/redis/unavailable.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import type { NewEmail, QueueEmails } from '../email/queue-emails.ts'
import { showPayment } from '../payments/show-payment.ts'
import { findPaidOrder, type PaidOrder } from './find-paid-order.ts'

/**
 * Who cancels: a fan their own order until its refund deadline, an organiser any order at any time; `provider` is for
 * money that was refunded outside Naru, which is recorded under the fan's account.
 */
export type CancelOrderInput = {
  order: string
  account: string
  by: 'fan' | 'organiser' | 'provider'
  reason?: string | undefined
}

export type CancelOrderResult =
  /** Its tickets are void; `finishCancellation` does the rest. */
  | { status: 'cancelling' }
  | { status: 'cancelled' }
  | { status: 'missing' }
  | { status: 'deadline-passed'; refundUntil: Date }
  /** One of its tickets was checked in; the order can be cancelled once that is undone. */
  | { status: 'checked-in' }
  /** Bought a moment ago, and not ended in Redis yet. */
  | { status: 'unfinished' }

export type CancelOrderDeps = {
  db: Database
  redis: Redis
  now: Clock
  /** Writes the e-mail to the buyer; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
}

type OrderRow = typeof orders.$inferSelect

/**
 * Starts the cancellation of a whole order, in one transaction: from here its tickets admit nobody, its money is being
 * refunded, and the order can never be owned again. Repeating the request returns the progress.
 */
export async function cancelOrder(
  deps: CancelOrderDeps,
  input: CancelOrderInput,
): Promise<CancelOrderResult> {
  const found = await findPaidOrder(deps, input.order, input.by === 'fan' ? input.account : undefined)
  if (typeof found === 'string') return { status: found }
  const result = await runTransaction(deps.db, (tx) => cancelIn(tx, input, found.paymentId, deps))
  if (result.status === 'cancelling') await showRefunding(deps.redis, found)
  return result
}

async function showRefunding(redis: Redis, { festivalId, paymentId }: PaidOrder): Promise<void> {
  try {
    await showPayment(redis, { id: paymentId, room: festivalId }, 'refunding')
  } catch (error) {
    // The order is cancelled whether Redis publishes it or not, and its next step publishes more.
    if (!isRedisUnavailable(error)) throw error
  }
}

async function cancelIn(
  tx: Transaction,
  input: CancelOrderInput,
  paymentId: string,
  { now: clock, queueEmails }: Pick<CancelOrderDeps, 'now' | 'queueEmails'>,
): Promise<CancelOrderResult> {
  const now = clock()
  const [payment] = await tx
    .select({ state: payments.state })
    .from(payments)
    .where(eq(payments.id, paymentId))
    .for('update')
  const [order] = await tx
    .select()
    .from(orders)
    .where(and(eq(orders.id, input.order), ownedBy(input)))
    .for('update')
  if (order === undefined) return { status: 'missing' }
  if (order.state !== 'owned') return { status: order.state }
  if (payment?.state !== 'confirmed') throw new Error(`the payment of the order ${order.id} is not confirmed`)
  if (input.by === 'fan') {
    const refundUntil = await readDeadline(tx, order.id)
    if (refundUntil === undefined || refundUntil.getTime() <= now) {
      return { status: 'deadline-passed', refundUntil: refundUntil ?? new Date(0) }
    }
  }
  if (await isCheckedIn(tx, order.id)) return { status: 'checked-in' }
  await voidOrder(tx, order, input, new Date(now))
  await queueEmails?.(tx, new Date(now), [cancelledEmail(order, input.by)])
  return { status: 'cancelling' }
}

function cancelledEmail({ id, accountId }: OrderRow, by: CancelOrderInput['by']): NewEmail {
  const key = `order-cancelled:${id}`
  return { template: 'order-cancelled', params: { order: id, by }, key, account: accountId }
}

/** The deadline of an order is the earliest of its valid tickets' types. */
async function readDeadline(tx: Transaction, order: string): Promise<Date | undefined> {
  const [row] = await tx
    .select({ refundUntil: min(ticketTypes.refundUntil) })
    .from(tickets)
    .innerJoin(ticketTypes, eq(ticketTypes.id, tickets.ticketTypeId))
    .where(and(eq(tickets.orderId, order), eq(tickets.live, true)))
  return row?.refundUntil ?? undefined
}

/** Read under the tickets' row locks, which checking in takes too: no check-in can happen before they are void. */
async function isCheckedIn(tx: Transaction, order: string): Promise<boolean> {
  await tx.select({ id: tickets.id }).from(tickets).where(eq(tickets.orderId, order)).for('update')
  const used = await tx
    .select({ id: checkIns.id })
    .from(checkIns)
    .innerJoin(tickets, eq(tickets.id, checkIns.ticketId))
    .where(and(eq(tickets.orderId, order), eq(checkIns.live, true)))
    .limit(1)
  return used.length > 0
}

async function voidOrder(
  tx: Transaction,
  order: OrderRow,
  { account, by, reason }: CancelOrderInput,
  at: Date,
): Promise<void> {
  await tx.update(payments).set({ state: 'refunding' }).where(eq(payments.id, order.paymentId))
  await tx.update(orders).set({ state: 'cancelling', cancelledAt: at }).where(eq(orders.id, order.id))
  await tx.update(tickets).set({ live: null }).where(eq(tickets.orderId, order.id))
  const number = shownNumber(order)
  await recordChange(tx, {
    at,
    accountId: account,
    action: 'order.cancel',
    subject: order.id,
    festivalId: order.festivalId,
    before: { number, state: 'owned' },
    after: { number, state: 'cancelling', by, ...(reason === undefined ? {} : { reason }) },
  })
}

/** A fan finds only their own orders. */
function ownedBy({ account, by }: CancelOrderInput) {
  return by === 'fan' ? eq(orders.accountId, account) : undefined
}
