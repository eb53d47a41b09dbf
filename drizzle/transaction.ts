import pRetry from 'p-retry'
import type { Database, Transaction } from './database.ts'
import { isDeadlock } from './errors.ts'

const RETRIES_MAX = 4

/**
 * Retries a statement or a transaction that the database aborted to resolve a conflict.
 *
 * @param isRetryable - recognises other errors that a retry can avoid
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
 * Runs a transaction without gap locks, with retries when the database aborts it. A transaction that locks rows of
 * several tables does so in the order rooms, payments, orders, units, tickets, to keep conflicts rare.
 */
export function runTransaction<T>(
  db: Database,
  run: (tx: Transaction) => Promise<T>,
  isRetryable?: (error: unknown) => boolean,
): Promise<T> {
  return retryDeadlocks(() => db.transaction(run, { isolationLevel: 'read committed' }), isRetryable)
}
