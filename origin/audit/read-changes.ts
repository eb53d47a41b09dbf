import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { type AuditedFields, auditLog } from '../../drizzle/schema/audit.ts'

export type Change = {
  id: number
  at: Date
  account: { id: string; name: string }
  action: string
  /** What was changed, such as a room. */
  subject: string
  before: AuditedFields
  after: AuditedFields
}

/** What was changed, of one subject or of all, the newest first: at most `limit` changes, of those older than `before`. */
export async function readChanges(
  db: Database,
  { subject, before, limit }: { subject?: string | undefined; before?: number | undefined; limit: number },
): Promise<Change[]> {
  return await db
    .select({
      id: auditLog.id,
      at: auditLog.at,
      account: { id: accounts.id, name: accounts.name },
      action: auditLog.action,
      subject: auditLog.subject,
      before: auditLog.before,
      after: auditLog.after,
    })
    .from(auditLog)
    .innerJoin(accounts, eq(accounts.id, auditLog.accountId))
    .where(
      and(
        subject === undefined ? undefined : eq(auditLog.subject, subject),
        before === undefined ? undefined : lt(auditLog.id, before),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit)
}
