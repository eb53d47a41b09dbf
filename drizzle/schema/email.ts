import { boolean, index, int, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { instant, structure, uuid, word } from './columns.ts'

/**
 * - `waiting` to be sent; while an origin sends it, `dueAt` is the end of its lease
 * - `sent`    handed to the mail server; the row stays a while, so that its key is not used again
 * - `dead`    a dead letter: refused permanently or failed too often, and left for an operator
 */
export const EMAIL_STATES = ['waiting', 'sent', 'dead'] as const
export type EmailState = (typeof EMAIL_STATES)[number]

/**
 * E-mails to send, written in the transaction that causes them. A row records the subject and the account; texts and
 * secrets are added when it is sent, so that reading the table gives access to nothing.
 */
export const emails = mysqlTable(
  'emails',
  {
    id: uuid('id').primaryKey(),
    /** What the e-mail is about, so that it is sent once. */
    key: word('email_key', { length: 120 }).notNull(),
    template: word('template', { length: 40 }).notNull(),
    /** The recipient; null for a password reset until the account was looked up. */
    accountId: uuid('account_id'),
    /** Digest of the address in its normal form, where e-mails per mailbox are limited; else null. */
    mailbox: word('mailbox', { length: 43 }),
    /** `ko` or `en`; null for both. */
    language: word('language', { length: 2 }),
    params: structure<unknown>('params').notNull(),
    state: mysqlEnum('state', EMAIL_STATES).notNull(),
    /** Whether it may be postponed while an origin is busy, up to a limit. */
    mayWait: boolean('may_wait').notNull().default(false),
    attempts: int('attempts', { unsigned: true }).notNull(),
    /** When the next step is due: sending, or removal once it was sent. */
    dueAt: instant('due_at').notNull(),
    /** The current lease holder; outcomes of earlier holders are ignored. */
    lease: uuid('lease'),
    /** The kind of the last error, without the mail server's message, which may contain names. */
    error: varchar('error', { length: 100 }),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    uniqueIndex('emails_key').on(table.key),
    index('emails_due').on(table.state, table.mayWait, table.dueAt),
    index('emails_mailbox').on(table.mailbox, table.createdAt),
  ],
)
