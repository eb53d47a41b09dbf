import { and, asc, eq, gt, isNull, lte, or } from 'drizzle-orm'
import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import { orders, refunds } from '../../../drizzle/schema/purchases.ts'
import { finishCancellation } from '../../orders/finish-cancellation.ts'
import { finishRefund } from '../../orders/finish-refund.ts'
import type { Finding } from './finding.ts'
import { type PartReconciled, type ReconcileDeps, reconcileRows } from './reconcile-part.ts'

type OpenOrder = { id: string; paymentId: string; amountMinor: number; currency: string }

/** Continues every cancellation whose money is not refunded or whose units are not free. */
export async function reconcileOrders(deps: ReconcileDeps): Promise<PartReconciled> {
  const { now, limits } = deps
  const before = new Date(now() - limits.restMs)
  const limit = pLimit(limits.concurrencyMax)
  return reconcileRows(limits.rowsMax, {
    what: 'cancellations',
    read: (after, rows) => readPage(deps.db, before, after, rows),
    repair: (rows) => Promise.all(rows.map((order) => limit(() => resume(deps, order)))),
  })
}

async function readPage(db: Database, before: Date, after: string, rows: number): Promise<OpenOrder[]> {
  return db
    .select({
      id: orders.id,
      paymentId: orders.paymentId,
      amountMinor: orders.amountMinor,
      currency: orders.currency,
    })
    .from(orders)
    .where(
      and(
        or(
          eq(orders.state, 'cancelling'),
          and(eq(orders.state, 'cancelled'), isNull(orders.stockReturnedAt)),
        ),
        lte(orders.cancelledAt, before),
        gt(orders.id, after),
      ),
    )
    .orderBy(asc(orders.id))
    .limit(rows)
}

async function resume(deps: ReconcileDeps, { id, paymentId, ...money }: OpenOrder): Promise<Finding> {
  const finding = { found: 'cancellation-unfinished', order: id, payment: paymentId, ...money } as const
  try {
    const { status } = await finishCancellation(deps, id)
    return status === 'finished'
      ? { ...finding, done: 'finished', reason: 'its money and its units are back' }
      : { ...finding, done: 'waiting', reason: status }
  } catch (error) {
    deps.log.warn({ err: error, order: id }, 'a cancellation failed')
    return { ...finding, done: 'waiting', reason: 'a store did not answer' }
  }
}

type OpenRefund = OpenOrder & { order: string }

/** Continues every refund of a part of an order that is not decided or whose units are not free. */
export async function reconcileRefunds(deps: ReconcileDeps): Promise<PartReconciled> {
  const { now, limits } = deps
  const before = new Date(now() - limits.restMs)
  const limit = pLimit(limits.concurrencyMax)
  return reconcileRows(limits.rowsMax, {
    what: 'refunds',
    read: (after, rows) => readOpenRefunds(deps.db, before, after, rows),
    repair: (rows) => Promise.all(rows.map((refund) => limit(() => resumeRefund(deps, refund)))),
  })
}

async function readOpenRefunds(
  db: Database,
  before: Date,
  after: string,
  rows: number,
): Promise<OpenRefund[]> {
  return await db
    .select({
      id: refunds.id,
      order: refunds.orderId,
      paymentId: refunds.paymentId,
      amountMinor: refunds.amountMinor,
      currency: orders.currency,
    })
    .from(refunds)
    .innerJoin(orders, eq(orders.id, refunds.orderId))
    .where(and(isNull(refunds.finishedAt), lte(refunds.createdAt, before), gt(refunds.id, after)))
    .orderBy(asc(refunds.id))
    .limit(rows)
}

async function resumeRefund(
  deps: ReconcileDeps,
  { id, order, paymentId, ...money }: OpenRefund,
): Promise<Finding> {
  const finding = { found: 'part-refund-unfinished', order, payment: paymentId, ...money } as const
  try {
    const finished = await finishRefund(deps, id)
    switch (finished.status) {
      case 'finished':
        return { ...finding, done: 'refunded', reason: 'its money and its units are back' }
      case 'failed':
        return { ...finding, done: 'listed', reason: `the provider refused it: ${finished.reason}` }
      case 'pending':
        return { ...finding, done: 'waiting', reason: 'the provider has not decided' }
      default:
        return { ...finding, done: 'waiting', reason: finished.status }
    }
  } catch (error) {
    deps.log.warn({ err: error, refund: id }, 'a refund of a part failed')
    return { ...finding, done: 'waiting', reason: 'a store did not answer' }
  }
}
