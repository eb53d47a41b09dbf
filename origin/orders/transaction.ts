import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDeadlock } from '../../drizzle/errors.ts'

const ATTEMPTS_MAX = 5

/**
 * Runs a transaction on an order, again when the database chose it to give way. Whoever locks rows of several tables
 * takes them in the order rooms, payments, orders, units, tickets, so that this stays rare.
 */
export async function orderTransaction<T>(db: Database, run: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(run, { isolationLevel: 'read committed' })
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isDeadlock(error)) throw error
    }
  }
}
