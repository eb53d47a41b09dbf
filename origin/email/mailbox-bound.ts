import { and, eq, gt, lt } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { emails } from '../../drizzle/schema/email.ts'
import type { TakenEmail } from './stored-emails.ts'

const HOUR_MS = 3_600_000

/**
 * Whether as many e-mails of its template as `hourMax` were requested before it and within an hour, for its mailbox, so
 * that it must not be sent. Those that were dropped for that reason do not count.
 */
export async function isBeyondHour(db: Database, email: TakenEmail, hourMax: number): Promise<boolean> {
  const { mailbox, template, createdAt, id } = email
  if (mailbox === null) return false
  const earlier = await db
    .select({ id: emails.id })
    .from(emails)
    .where(
      and(
        eq(emails.mailbox, mailbox),
        eq(emails.template, template),
        gt(emails.createdAt, new Date(createdAt.getTime() - HOUR_MS)),
        lt(emails.id, id),
      ),
    )
    .limit(hourMax)
  return earlier.length >= hourMax
}
