import { and, asc, eq, gt, ne } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { orders, refunds } from '../../../drizzle/schema/purchases.ts'

const ROWS_PER_PAGE = 5000

/** Orders of a festival that are cancelled or being cancelled, and whether Redis has their units for sale again. */
export async function readCancelled(db: Database, festival: string): Promise<Map<string, boolean>> {
  const cancelled = new Map<string, boolean>()
  let last = ''
  for (;;) {
    const page = await db
      .select({ id: orders.id, returnedAt: orders.stockReturnedAt })
      .from(orders)
      .where(and(eq(orders.festivalId, festival), ne(orders.state, 'owned'), gt(orders.id, last)))
      .orderBy(asc(orders.id))
      .limit(ROWS_PER_PAGE)
    for (const { id, returnedAt } of page) cancelled.set(id, returnedAt !== null)
    last = page.at(-1)?.id ?? last
    if (page.length < ROWS_PER_PAGE) return cancelled
  }
}

/** Refunds of parts of a festival's orders, each with its order and whether nothing of it is left to do. */
export async function readRefundedInPart(
  db: Database,
  festival: string,
): Promise<Map<string, { order: string; isFinished: boolean }>> {
  const refunded = new Map<string, { order: string; isFinished: boolean }>()
  let last = ''
  for (;;) {
    const page = await db
      .select({ id: refunds.id, order: refunds.orderId, finishedAt: refunds.finishedAt })
      .from(refunds)
      .where(and(eq(refunds.festivalId, festival), gt(refunds.id, last)))
      .orderBy(asc(refunds.id))
      .limit(ROWS_PER_PAGE)
    for (const { id, order, finishedAt } of page) refunded.set(id, { order, isFinished: finishedAt !== null })
    last = page.at(-1)?.id ?? last
    if (page.length < ROWS_PER_PAGE) return refunded
  }
}
