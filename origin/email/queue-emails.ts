import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { emails } from '../../drizzle/schema/email.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import { mailboxDigest } from './mailbox-digest.ts'

/** A change of the second factor of an account. */
export type FactorChange = 'enrolled' | 'removed' | 'recovery-codes'

/** The content of an e-mail, by its template. Secrets are never among the parameters; see `email-secrets.ts`. */
export type EmailContent =
  /** The link and the code that confirm an address; `secretId` is what they are derived from. */
  | { template: 'confirm-email'; params: { secretId: string } }
  /** A link for any account of the address that is signed in where it is opened: instead of more e-mails with codes. */
  | { template: 'confirm-address'; params: { slot: number } }
  /** A new password was requested for this address, whether or not it has an account. */
  | { template: 'reset-request'; params: { email: string } }
  | { template: 'account-exists'; params: Record<string, never> }
  | { template: 'password-changed'; params: Record<string, never> }
  | { template: 'second-factor-changed'; params: { change: FactorChange } }
  /** A link by which the owner of an address joins a team. */
  | { template: 'team-invitation'; params: { invitation: string } }
  | { template: 'order-confirmed'; params: { order: string } }
  | { template: 'order-cancelled'; params: { order: string; by: 'fan' | 'organiser' | 'provider' } }
  /** A part of an order is being refunded. */
  | { template: 'order-refunded'; params: { refund: string } }
  /** The provider refused that: the tickets of it are valid again. */
  | { template: 'refund-failed'; params: { refund: string } }
  /** A charge for which there were no tickets left, refunded. */
  | { template: 'payment-refunded'; params: { payment: string } }

type EmailTemplate = EmailContent['template']

/**
 * Recipients wait for an e-mail about an account to continue; those about orders can wait while a sale needs the
 * processor.
 */
const MAY_WAIT: Record<EmailTemplate, boolean> = {
  'confirm-email': false,
  'confirm-address': false,
  'reset-request': false,
  'account-exists': false,
  'password-changed': false,
  'second-factor-changed': false,
  'team-invitation': false,
  'order-confirmed': true,
  'order-cancelled': true,
  'order-refunded': true,
  'refund-failed': true,
  'payment-refunded': true,
}

export type NewEmail = EmailContent & {
  /** Deduplicates e-mails: a further e-mail with the key of an earlier one is dropped. */
  key: string
  /** Left out where the account is not known yet. */
  account?: string
  /** The address, where the number of e-mails to its mailbox is limited. */
  mailbox?: string
  /** Left out where it is the account's own. */
  language?: EmailLanguage
}

export type QueueEmails = (tx: Database | Transaction, at: Date, queued: readonly NewEmail[]) => Promise<void>

/**
 * Queues e-mails, in one statement, as a part of the transaction that causes them: none is lost when it commits, and
 * none is sent when it does not.
 */
export async function queueEmails(
  tx: Database | Transaction,
  at: Date,
  queued: readonly NewEmail[],
): Promise<void> {
  if (queued.length === 0) return
  await tx
    .insert(emails)
    .values(
      queued.map(({ key, template, params, account, mailbox, language }) => ({
        ...{ id: uuidv7(), key, template, params },
        accountId: account ?? null,
        mailbox: mailbox === undefined ? null : mailboxDigest(mailbox),
        language: language ?? null,
        ...{ state: 'waiting' as const, attempts: 0, dueAt: at, createdAt: at },
        mayWait: MAY_WAIT[template],
      })),
    )
    .onDuplicateKeyUpdate({ set: { id: sql`${emails.id}` } })
}
