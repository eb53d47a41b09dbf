import type { Database } from '../../../drizzle/database.ts'
import type { Redis } from '../../../shared/redis/client.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import type { QueueEmails } from '../../email/queue-emails.ts'
import type { ResolvePaymentResult } from '../process/resolve-payment.ts'
import type { PaymentProvider } from '../provider.ts'
import type { Finding, Found } from './finding.ts'

/** The dependencies of every part of reconciling. */
export type ReconcileDeps = {
  db: Database
  redis: Redis
  provider: PaymentProvider
  resolvePayment: (payment: string) => Promise<ResolvePaymentResult>
  /** Ends a payment whose fan did not act in time. */
  endWaiting: (payment: string) => Promise<ResolvePaymentResult>
  now: Clock
  /** Writes e-mails to buyers; missing where none are sent. */
  queueEmails?: QueueEmails | undefined
  log: Logger
  countFinding: (found: Found) => void
  limits: {
    /** Anything younger is in process, and left alone. */
    restMs: number
    /** A payment that is in no stream and this old can no longer be charged: its time is over for every worker. */
    abandonMs: number
    /** How many orders, payments and wrong charges one run handles, each. */
    rowsMax: number
    concurrencyMax: number
  }
}

/** What one part checked and found. */
export type PartReconciled = { findings: Finding[]; checked: number }

const ROWS_PER_PAGE = 500
/** One origin's share of checking and repairing, at each turn. */
export const RECONCILE_LOOKBACK_MS = 7_200_000
export const RECONCILE_ROWS_MAX = 10_000
export const RECONCILE_CONCURRENCY = 4

/**
 * Scans what is unfinished, page by page in order of IDs, up to `rowsMax`.
 *
 * @param read - returns at most this many rows, of IDs after one
 * @param what - what the rows are, in the plural: for the finding that not all were checked
 */
export async function reconcileRows<Row extends { id: string }>(
  rowsMax: number,
  part: {
    what: string
    read: (after: string, rows: number) => Promise<Row[]>
    repair: (rows: readonly Row[]) => Promise<Finding[]>
  },
): Promise<PartReconciled> {
  const findings: Finding[] = []
  let after = ''
  let checked = 0
  while (checked < rowsMax) {
    const rows = await part.read(after, Math.min(ROWS_PER_PAGE, rowsMax - checked))
    findings.push(...(await part.repair(rows)))
    checked += rows.length
    const last = rows.at(-1)
    if (last === undefined) return { findings, checked }
    after = last.id
  }
  findings.push({
    found: 'not-all-read',
    done: 'waiting',
    reason: `more than ${rowsMax} ${part.what} are unfinished`,
  })
  return { findings, checked }
}
