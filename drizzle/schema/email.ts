import { boolean, index, int, mysqlEnum, mysqlTable, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { instant, structure, uuid, word } from './columns.ts'

/**
 * - `waiting` to be sent; while an origin sends it, `dueAt` is the end of its lease
 * - `sent`    handed to the mail server; the row stays a while, so that its key is not used again
 * - `dead`    a dead letter: refused for good or failed too often, and left for an operator
 */
export const EMAIL_STATES = ['waiting', 'sent', 'dead'] as const
export type EmailState = (typeof EMAIL_STATES)[number]

/**
 * E-mails to send, written in the transaction that causes them. A row says what is to be told to which account; words
 * and secrets are put in when it is sent, so that the table opens nothing for whoever reads it.
 */
export const emails = mysqlTable(
  'emails',
  {
    id: uuid('id').primaryKey(),
    /** What the e-mail is about: the same thing is told once. */
    key: word('email_key', { length: 120 }).notNull(),
    template: word('template', { length: 40 }).notNull(),
    /** Whom it is for; null for a password reset until the account was looked up. */
    accountId: uuid('account_id'),
    /** Digest of the address in its normal form, where how many are sent to a mailbox is bounded; else null. */
    mailbox: word('mailbox', { length: 43 }),
    /** `ko` or `en`; null for both. */
    language: word('language', { length: 2 }),
    params: structure<unknown>('params').notNull(),
    state: mysqlEnum('state', EMAIL_STATES).notNull(),
    /** Whether it is left for later while an origin is busy, up to a bound. */
    mayWait: boolean('may_wait').notNull().default(false),
    attempts: int('attempts', { unsigned: true }).notNull(),
    /** When something is to be done with it: sending, or removal once it was sent. */
    dueAt: instant('due_at').notNull(),
    /** Who sends it now; a later holder makes an earlier one's outcome void. */
    lease: uuid('lease'),
    /** The kind of the last error, without what a mail server says: that may name people. */
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
