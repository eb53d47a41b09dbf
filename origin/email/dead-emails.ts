import { and, desc, eq, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { emails } from '../../drizzle/schema/email.ts'

/** An e-mail that was permanently rejected or failed too often, and waits for an operator. */
export type DeadEmail = {
  id: string
  template: string
  /** The current address of the account; null where there is no account yet. */
  to: string | null
  attempts: number
  error: string | null
  createdAt: Date
  endedAt: Date | null
}

/** Dead letters, newest first: at most `limit`, starting after the one with the ID `before`. */
export function listDeadEmails(
  db: Database,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<DeadEmail[]> {
  return (
    db
      .select({
        id: emails.id,
        template: emails.template,
        to: accounts.email,
        attempts: emails.attempts,
        error: emails.error,
        createdAt: emails.createdAt,
        endedAt: emails.endedAt,
      })
      .from(emails)
      .leftJoin(accounts, eq(accounts.id, emails.accountId))
      .where(and(eq(emails.state, 'dead'), before === undefined ? undefined : lt(emails.id, before)))
      // Version 7 begins with the time (RFC 9562, section 5.7).
      .orderBy(desc(emails.id))
      .limit(limit)
  )
}

/**
 * Requeues a dead letter, or all of them, with a new set of attempts. One that is no longer needed, such as a link that
 * has expired, is then dropped.
 *
 * @returns how many there were
 */
export async function resendDeadEmails(
  db: Database,
  at: Date,
  which: { id: string } | 'all',
): Promise<number> {
  const [updated] = await db
    .update(emails)
    .set({ state: 'waiting', attempts: 0, dueAt: at, endedAt: null })
    .where(and(eq(emails.state, 'dead'), which === 'all' ? undefined : eq(emails.id, which.id)))
  return updated.affectedRows
}
