import { and, asc, eq, inArray, lte, or, sql } from 'drizzle-orm'
import { v4 as uuidv4 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { emails } from '../../drizzle/schema/email.ts'
import type { EmailContent } from './queue-emails.ts'

/** An e-mail that this origin has claimed for sending. */
export type TakenEmail = EmailContent & {
  id: string
  account: string | null
  mailbox: string | null
  language: string | null
  /** Including this attempt. */
  attempts: number
  lease: string
  createdAt: Date
}

/** How long a sent e-mail's row is stored, and its key with it. */
const SENT_STORED_MS = 30 * 86_400_000

/**
 * Claims e-mails that are due, for `leaseMs`: other origins skip them until then, and claim them again if this one has
 * died. Locked rows are skipped instead of waited for. Deferrable ones come last.
 *
 * @param options.waitMs - how long deferrable ones have been due before they are claimed
 */
export async function takeEmails(
  db: Database,
  { nowMs, leaseMs, waitMs, limit }: { nowMs: number; leaseMs: number; waitMs: number; limit: number },
): Promise<TakenEmail[]> {
  const lease = uuidv4()
  const rows = await db.transaction(
    async (tx) => {
      const due = await tx
        .select()
        .from(emails)
        .where(
          and(
            eq(emails.state, 'waiting'),
            or(
              and(eq(emails.mayWait, false), lte(emails.dueAt, new Date(nowMs))),
              and(eq(emails.mayWait, true), lte(emails.dueAt, new Date(nowMs - waitMs))),
            ),
          ),
        )
        .orderBy(asc(emails.mayWait), asc(emails.dueAt))
        .limit(limit)
        .for('update', { skipLocked: true })
      if (due.length === 0) return []
      const taken = inArray(
        emails.id,
        due.map(({ id }) => id),
      )
      const dueAt = new Date(nowMs + leaseMs)
      await tx
        .update(emails)
        .set({ lease, dueAt, attempts: sql`${emails.attempts} + 1` })
        .where(taken)
      return due
    },
    { isolationLevel: 'read committed' },
  )
  return rows.map((row) => ({
    ...({ template: row.template, params: row.params } as EmailContent),
    ...{ id: row.id, account: row.accountId, mailbox: row.mailbox, language: row.language },
    ...{ attempts: row.attempts + 1, lease, createdAt: row.createdAt },
  }))
}

type Held = Pick<TakenEmail, 'id' | 'lease'>

/** Only the holder of the lease stores the outcome of an e-mail. */
const heldBy = ({ id, lease }: Held) => and(eq(emails.id, id), eq(emails.lease, lease))

/** Records that e-mails are sent, all of them in one statement. */
export async function noteSent(db: Database, sent: readonly Held[], nowMs: number): Promise<void> {
  await db
    .update(emails)
    .set({ state: 'sent', params: {}, lease: null, error: null, ...ended(nowMs, SENT_STORED_MS) })
    .where(or(...sent.map(heldBy)))
}

export async function noteDead(db: Database, email: Held, error: string, nowMs: number): Promise<void> {
  await db
    .update(emails)
    .set({ state: 'dead', lease: null, error, ...ended(nowMs, 0) })
    .where(heldBy(email))
}

export async function noteFailed(db: Database, email: Held, error: string, retryAtMs: number): Promise<void> {
  await db
    .update(emails)
    .set({ lease: null, error, dueAt: new Date(retryAtMs) })
    .where(heldBy(email))
}

/** Deletes an e-mail that is no longer needed. */
export async function dropEmail(db: Database, email: Held): Promise<void> {
  await db.delete(emails).where(heldBy(email))
}

/** Deletes e-mails that were sent long ago; at most `limit`. */
export async function forgetSentEmails(db: Database, nowMs: number, limit: number): Promise<void> {
  await db
    .delete(emails)
    .where(
      and(
        eq(emails.state, 'sent'),
        // Both values, since otherwise the index could not be searched by the following columns.
        inArray(emails.mayWait, [false, true]),
        lte(emails.dueAt, new Date(nowMs)),
      ),
    )
    .limit(limit)
}

function ended(nowMs: number, storedMs: number) {
  return { endedAt: new Date(nowMs), dueAt: new Date(nowMs + storedMs) }
}
