import { eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import pRetry from 'p-retry'
import type { Database } from './database.ts'
import { isDuplicate } from './errors.ts'
import { orderNumberOf } from './order-number.ts'
import { orders } from './schema/purchases.ts'

const ORDERS_PER_BATCH = 500
/** Batches of one call; five million orders. */
const BATCHES_MAX = 10_000
const RETRIES_MAX = 5

/**
 * Assigns numbers to orders without one, a batch at a time: orders older than order numbers, and those that an origin
 * of the previous release created while a newer one was starting. Returns how many there were.
 */
export async function numberOrders(db: Database): Promise<number> {
  let numbered = 0
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const rows = await db
      .select({ id: orders.id })
      .from(orders)
      .where(isNull(orders.number))
      .limit(ORDERS_PER_BATCH)
    await numberBatch(
      db,
      rows.map(({ id }) => id),
    )
    numbered += rows.length
    if (rows.length < ORDERS_PER_BATCH) break
  }
  return numbered
}

async function numberBatch(db: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  try {
    const cases: SQL[] = ids.map((id) => sql`when ${id} then ${orderNumberOf(id)}`)
    await db
      .update(orders)
      .set({ number: sql`case ${orders.id} ${sql.join(cases, sql` `)} else ${orders.number} end` })
      .where(inArray(orders.id, [...ids]))
  } catch (error) {
    if (!isDuplicate(error)) throw error
    for (const id of ids) await numberOne(db, id)
  }
}

async function numberOne(db: Database, id: string): Promise<void> {
  await pRetry(
    (attempt) =>
      db
        .update(orders)
        .set({ number: orderNumberOf(id, attempt - 1) })
        .where(eq(orders.id, id)),
    { retries: RETRIES_MAX, minTimeout: 0, shouldRetry: ({ error }) => isDuplicate(error) },
  )
}
