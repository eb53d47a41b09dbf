import { inArray } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { payments } from '../../../drizzle/schema/purchases.ts'
import type { Finding } from './finding.ts'
import { type AuditedEntry, type FetchLedger, ledgerPages } from './read-ledger.ts'

/**
 * Successful charges without a payment, of any festival. Each page is looked up after it was read, and a payment is
 * recorded before it is charged: so a missing payment is really missing, however busy the system is.
 */
export async function findStrays(db: Database, fetchLedger: FetchLedger | undefined): Promise<Finding[]> {
  if (fetchLedger === undefined) return []
  const findings: Finding[] = []
  for await (const entries of ledgerPages(fetchLedger)) {
    const charges = entries.flatMap((entry) =>
      entry.kind === 'charge' && entry.outcome === 'succeeded' ? [entry] : [],
    )
    const known = await findPayments(db, charges.flatMap(paymentsOf))
    for (const charge of charges) {
      if (paymentsOf(charge).some((payment) => known.has(payment))) continue
      findings.push({ breach: 'a charge of no recorded payment', id: charge.id, detail: `key ${charge.key}` })
    }
  }
  return findings
}

/** The payment IDs that a charge names: its key and its reference. */
function paymentsOf(entry: AuditedEntry): string[] {
  return entry.kind === 'charge' ? [...new Set([entry.key, entry.reference])] : []
}

async function findPayments(db: Database, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: payments.id })
    .from(payments)
    .where(inArray(payments.id, [...ids]))
  return new Set(rows.map(({ id }) => id))
}
