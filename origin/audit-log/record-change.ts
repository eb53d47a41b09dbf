import type { Transaction } from '../../drizzle/database.ts'
import { type AuditedFields, auditLog } from '../../drizzle/schema/audit.ts'

/** Writes a change and its author to the audit log, in the transaction that makes the change. */
export async function recordChange(
  tx: Transaction,
  change: Omit<typeof auditLog.$inferInsert, 'id' | 'festivalId'> & { festivalId: string | null },
): Promise<void> {
  await tx.insert(auditLog).values(change)
}

/** The changed fields with old and new values, or undefined when there are none. */
export function changedFields<T extends Record<string, unknown>>(
  before: T,
  after: T,
): { before: AuditedFields; after: AuditedFields } | undefined {
  const names = Object.keys(after).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  if (names.length === 0) return undefined
  const pick = (fields: T) => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: pick(before), after: pick(after) }
}
