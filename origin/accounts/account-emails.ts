import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { FactorChange, NewEmail, QueueEmails } from '../email/queue-emails.ts'
import type { AccountRow } from './account.ts'
import { liveConfirmation } from './confirm-email.ts'
import type { EmailSecrets } from './email-secrets.ts'
import { accountTransaction } from './transaction.ts'

/** The settings for e-mails about accounts; missing where none are sent. */
export type AccountMail = {
  queue: QueueEmails
  secrets: EmailSecrets
  /** Whether the e-mail queue is so long that callers should retry later. */
  isFull: () => Promise<boolean>
}

type Deps = { db: Database; now: Clock; mail?: AccountMail | undefined }

export type RequestEmailResult =
  | { status: 'queued' }
  | { status: 'full' }
  /** No e-mails are sent here. */
  | { status: 'off' }

export type RequestConfirmationResult = RequestEmailResult | { status: 'proven' } | { status: 'missing' }

/** The owner is notified of other accounts with the address once per period, not of each. */
const ACCOUNT_EXISTS_EVERY_MS = 3_600_000

/**
 * Queues an e-mail with which a forgotten password can be reset. Whether the address has an account is looked up when
 * it is sent: the caller gets the same response, after the same work, in either case.
 */
export async function requestReset(
  { db, now, mail }: Deps,
  { email, language }: { email: string; language: EmailLanguage },
): Promise<RequestEmailResult> {
  if (mail === undefined) return { status: 'off' }
  if (await mail.isFull()) return { status: 'full' }
  const key = `reset-request:${randomUUID()}`
  await mail.queue(db, new Date(now()), [
    { template: 'reset-request', params: { email }, key, mailbox: email, language },
  ])
  return { status: 'queued' }
}

/**
 * Queues an e-mail that confirms an account's address. Whether another account has confirmed it is looked up when it is
 * sent, and disclosed to no other client.
 */
export async function requestConfirmation(
  { db, now, mail }: Deps,
  { account, language }: { account: string; language: EmailLanguage },
): Promise<RequestConfirmationResult> {
  if (mail === undefined) return { status: 'off' }
  if (await mail.isFull()) return { status: 'full' }
  const queued = await accountTransaction(
    db,
    account,
    async (tx, row): Promise<RequestConfirmationResult> => {
      if (row.emailProvenAt !== null) return { status: 'proven' }
      await tx.update(accounts).set({ language }).where(eq(accounts.id, row.id))
      await queueConfirmationIn(tx, { now, mail }, { id: row.id, email: row.email, language })
      return { status: 'queued' }
    },
  )
  return queued ?? { status: 'missing' }
}

type ConfirmationFor = { id: string; email: string; language: EmailLanguage | undefined; isNew?: boolean }

/** The same, in the transaction that locks or creates the account's row. */
export async function queueConfirmationIn(
  tx: Transaction,
  { now, mail }: { now: Clock; mail: AccountMail },
  { id, email, language, isNew = false }: ConfirmationFor,
): Promise<void> {
  const { secretId } = await liveConfirmation({ now, secrets: mail.secrets }, tx, { id, email, isNew })
  const key = `confirm-email:${randomUUID()}`
  await mail.queue(tx, new Date(now()), [
    {
      ...{ template: 'confirm-email' as const, params: { secretId }, key, account: id, mailbox: email },
      ...languageOf(language),
    },
  ])
}

/** Notifies the owner of an address that another account was created with it. */
export function accountExistsNotice(owner: string, nowMs: number, language?: EmailLanguage): NewEmail {
  const key = `account-exists:${owner}:${Math.floor(nowMs / ACCOUNT_EXISTS_EVERY_MS)}`
  return { template: 'account-exists', params: {}, key, account: owner, ...languageOf(language) }
}

/** Notifies the owner, in the transaction that changes it, that the password was changed. */
export function passwordChangedEmail(
  row: AccountRow,
  fromSeconds: number,
  language?: EmailLanguage,
): NewEmail {
  const key = `password-changed:${row.id}:${fromSeconds}`
  const about = { params: {}, key, account: row.id, mailbox: row.email }
  return { template: 'password-changed', ...about, ...languageOf(language) }
}

/** Notifies the owner, in the transaction that changes it, of a change of the account's second factor. */
export function factorChangedEmail(row: AccountRow, change: FactorChange): NewEmail {
  const about = { params: { change }, key: `second-factor:${randomUUID()}`, account: row.id }
  return { template: 'second-factor-changed', ...about, mailbox: row.email }
}

function languageOf(language: EmailLanguage | undefined): { language?: EmailLanguage } {
  return language === undefined ? {} : { language }
}
