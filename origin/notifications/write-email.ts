import { inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts, emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { EMAIL_LANGUAGES, type EmailLanguage } from '../../shared/api/fields.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../shared/runtime/group-commit.ts'
import type { AccountRow } from '../accounts/account.ts'
import { accountExistsNotice } from '../accounts/account-emails.ts'
import { ADDRESS_LINK_SECONDS, addressLinkEmail, addressToken } from '../accounts/address-link.ts'
import { beginReset } from '../accounts/begin-reset.ts'
import { CONFIRMATION_SECONDS, findProvenOther } from '../accounts/confirm-email.ts'
import type { EmailSecrets } from '../accounts/email-secrets.ts'
import type { WriteEmail } from '../email/email-worker.ts'
import { isBeyondHour } from '../email/mailbox-bound.ts'
import { type EmailMessage, type EmailWords, inLanguage } from '../email/message.ts'
import { queueEmails } from '../email/queue-emails.ts'
import type { TakenEmail } from '../email/stored-emails.ts'
import {
  accountExistsEmail,
  confirmAddressEmail,
  confirmAnyEmail,
  confirmFurtherEmail,
  factorChangedEmail,
  passwordChangedEmail,
  resetPasswordEmail,
} from '../email/templates/account-emails.ts'
import {
  type WriteOrderEmailDeps,
  writeOrderCancelled,
  writeOrderConfirmed,
  writeOrderRefunded,
  writePaymentRefunded,
  writeRefundFailed,
} from './write-order-email.ts'
import { writeTeamInvitation } from './write-team-email.ts'

export type WriteEmailDeps = WriteOrderEmailDeps & {
  now: Clock
  secrets: EmailSecrets
  /** How long the link to set a password is valid. */
  resetSeconds?: number
}

const PASSWORD_RESET_SECONDS = 3600

/**
 * Limits for what other people can have sent to a mailbox in an hour, with any spelling and any number of accounts.
 * Beyond them one link for all accounts is sent, or nothing: of resets each account has at most one in
 * `RESET_EVERY_MS`.
 */
export const CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX = 10
const RESETS_OF_MAILBOX_PER_HOUR_MAX = 24
const INVITATIONS_OF_MAILBOX_PER_HOUR_MAX = 10
/** To unproven accounts, of each kind. A proven one gets all: causing one requires its password or a code. */
export const SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX = 5

/** E-mails whose accounts are read in one statement. */
const READ_TOGETHER_MAX = 100

type Words = Record<EmailLanguage, EmailWords>

type Reads = {
  account: (id: string) => Promise<AccountRow | undefined>
  confirmation: (account: string) => Promise<typeof emailConfirmations.$inferSelect | undefined>
}

type Of<T extends TakenEmail['template']> = Extract<TakenEmail, { template: T }>

/**
 * Renders a stored e-mail with its links and secrets, in the language of its reader. Undefined for one that is no
 * longer needed: the address is confirmed by now, the link would have expired, or the account does not exist.
 */
export function createEmailWriter(deps: WriteEmailDeps): WriteEmail {
  const ways = waysIn(deps.publicUrl)
  const reads = createReads(deps.db)
  return async (email) => {
    if (email.template === 'reset-request') return writeReset(deps, email)
    if (email.template === 'team-invitation') return writeInvitation(deps, email)
    const account = email.account === null ? undefined : await reads.account(email.account)
    if (account === undefined) return undefined
    switch (email.template) {
      case 'order-confirmed':
        return writeConfirmedOrder(deps, email, account)
      case 'confirm-email':
        return writeConfirmation(deps, reads, email, account)
      case 'confirm-address':
        return writeAddressLink(deps, email, account)
      case 'account-exists':
        return addressed(account, email, accountExistsEmail(ways))
      case 'password-changed':
        return writeSecurityNotice(deps, email, account, passwordChangedEmail(ways))
      case 'second-factor-changed':
        return writeSecurityNotice(deps, email, account, factorChangedEmail(email.params.change, ways))
      default:
        return addressed(account, email, await orderWords(deps, email))
    }
  }
}

function waysIn(publicUrl: string): { signInUrl: string; forgotUrl: string } {
  return { signInUrl: `${publicUrl}/sign-in`, forgotUrl: `${publicUrl}/forgot-password` }
}

function orderWords(
  deps: WriteOrderEmailDeps,
  email: Of<'order-cancelled' | 'order-refunded' | 'refund-failed' | 'payment-refunded'>,
): Promise<Words | undefined> {
  switch (email.template) {
    case 'order-cancelled':
      return writeOrderCancelled(deps, email.params)
    case 'order-refunded':
      return writeOrderRefunded(deps, email.params.refund)
    case 'refund-failed':
      return writeRefundFailed(deps, email.params.refund)
    case 'payment-refunded':
      return writePaymentRefunded(deps, email.params.payment)
  }
}

/** Tickets are printed in one language; Korean where it is unknown. */
async function writeConfirmedOrder(
  deps: WriteOrderEmailDeps,
  email: Of<'order-confirmed'>,
  account: AccountRow,
): Promise<EmailMessage | undefined> {
  const written = await writeOrderConfirmed(deps, email.params.order, languageOf(account, email) ?? 'ko')
  const message = addressed(account, email, written?.words)
  return message && { ...message, attachments: written?.attachments ?? [] }
}

async function writeConfirmation(
  { db, now, secrets, publicUrl }: WriteEmailDeps,
  reads: Reads,
  email: Of<'confirm-email'>,
  account: AccountRow,
): Promise<EmailMessage | undefined> {
  if (account.emailProvenAt !== null) return undefined
  const owner = await findProvenOther(db, account)
  if (owner !== undefined) {
    await queueEmails(db, new Date(now()), [accountExistsNotice(owner, now(), languageIn(email))])
    return undefined
  }
  const { secretId } = email.params
  const live = await reads.confirmation(account.id)
  if (live?.secretId !== secretId || live.expiresAt.getTime() <= now()) return undefined
  if (await isBeyondHour(db, email, CONFIRMATIONS_OF_MAILBOX_PER_HOUR_MAX)) {
    await queueEmails(db, new Date(now()), [
      { ...addressLinkEmail(account, now()), ...languageOfEmail(email) },
    ])
    return undefined
  }
  const code = secrets.code('confirm-email', secretId)
  const link = `${publicUrl}/confirm-email?token=${secrets.token('confirm-email', secretId)}`
  const words = { code, link, seconds: CONFIRMATION_SECONDS }
  if (account.emailKey !== null) return addressed(account, email, confirmAddressEmail(words))
  return addressed(account, email, confirmFurtherEmail({ ...words, ...waysIn(publicUrl) }))
}

async function writeAddressLink(
  { db, secrets, publicUrl }: WriteEmailDeps,
  email: Of<'confirm-address'>,
  account: AccountRow,
): Promise<EmailMessage | undefined> {
  if (account.emailProvenAt !== null || (await findProvenOther(db, account)) !== undefined) return undefined
  const link = `${publicUrl}/confirm-email?token=${addressToken(secrets, account.email, email.params.slot)}`
  return addressed(account, email, confirmAnyEmail({ link, seconds: ADDRESS_LINK_SECONDS }))
}

async function writeSecurityNotice(
  { db }: WriteEmailDeps,
  email: Of<'password-changed' | 'second-factor-changed'>,
  account: AccountRow,
  words: Words,
): Promise<EmailMessage | undefined> {
  if (account.emailProvenAt === null) {
    // The owner of the address is not the owner of this account.
    if ((await findProvenOther(db, account)) !== undefined) return undefined
    if (await isBeyondHour(db, email, SECURITY_NOTICES_OF_MAILBOX_PER_HOUR_MAX)) return undefined
  }
  return addressed(account, email, words)
}

async function writeInvitation(
  deps: WriteEmailDeps,
  email: Of<'team-invitation'>,
): Promise<EmailMessage | undefined> {
  if (await isBeyondHour(deps.db, email, INVITATIONS_OF_MAILBOX_PER_HOUR_MAX)) return undefined
  return await writeTeamInvitation({ ...deps, now: deps.now() }, email.params.invitation)
}

/** Its token is derived here, from the e-mail's ID: it is the same when the e-mail is sent again. */
async function writeReset(
  deps: WriteEmailDeps,
  email: Of<'reset-request'>,
): Promise<EmailMessage | undefined> {
  const { createdAt: askedAt, id: secretId } = email
  const { resetSeconds: seconds = PASSWORD_RESET_SECONDS } = deps
  if (askedAt.getTime() + seconds * 1000 <= deps.now()) return undefined
  if (await isBeyondHour(deps.db, email, RESETS_OF_MAILBOX_PER_HOUR_MAX)) return undefined
  const begun = await beginReset(deps, { email: email.params.email, secretId, askedAt, seconds })
  if (begun.status !== 'begun') return undefined
  const link = `${deps.publicUrl}/new-password?token=${begun.token}`
  return addressed(begun.account, email, resetPasswordEmail({ link, seconds }))
}

/** Data for e-mails that are written concurrently is read together: one alone costs no more, and a rush far less. */
function createReads(db: Database): Reads {
  const accountsById = createGroupCommit(READ_TOGETHER_MAX, async (ids: readonly string[]) => {
    const rows = await db
      .select()
      .from(accounts)
      .where(inArray(accounts.id, [...ids]))
    return ids.map((id) => rows.find((row) => row.id === id))
  })
  const confirmations = createGroupCommit(READ_TOGETHER_MAX, async (ids: readonly string[]) => {
    const rows = await db
      .select()
      .from(emailConfirmations)
      .where(inArray(emailConfirmations.accountId, [...ids]))
    return ids.map((id) => rows.find(({ accountId }) => accountId === id))
  })
  return { account: accountsById.add, confirmation: confirmations.add }
}

/** To the account's current address, in the language of the request, or else the account's own, or else both. */
function addressed(
  account: AccountRow,
  email: TakenEmail,
  words: Words | undefined,
): EmailMessage | undefined {
  if (words === undefined) return undefined
  return { to: account.email, ...inLanguage(words, languageOf(account, email)) }
}

function languageOf(account: AccountRow, email: TakenEmail): EmailLanguage | undefined {
  return languageIn({ language: email.language ?? account.language })
}

function languageOfEmail(email: TakenEmail): { language?: EmailLanguage } {
  const language = languageIn(email)
  return language === undefined ? {} : { language }
}

function languageIn({ language }: { language: string | null }): EmailLanguage | undefined {
  return EMAIL_LANGUAGES.find((each) => each === language)
}
