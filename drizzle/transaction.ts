import pRetry from 'p-retry'
import type { Database, Transaction } from './database.ts'
import { isDeadlock } from './errors.ts'

const RETRIES_MAX = 4

/**
 * Runs a statement or a transaction again when the database chose it to give way.
 *
 * @param isRetryable - tells other errors that another attempt can avoid
 */
export function retryDeadlocks<T>(
  run: () => Promise<T>,
  isRetryable: (error: unknown) => boolean = () => false,
): Promise<T> {
  return pRetry(run, {
    retries: RETRIES_MAX,
    minTimeout: 0,
    shouldRetry: ({ error }) => isDeadlock(error) || isRetryable(error),
  })
}

/**
 * Runs a transaction without gap locks, again when the database chose it to give way. A transaction that locks rows of
 * several tables takes them in the order rooms, payments, orders, units, tickets, so that this stays rare.
 */
export function runTransaction<T>(
  db: Database,
  run: (tx: Transaction) => Promise<T>,
  isRetryable?: (error: unknown) => boolean,
): Promise<T> {
  return retryDeadlocks(() => db.transaction(run, { isolationLevel: 'read committed' }), isRetryable)
}
