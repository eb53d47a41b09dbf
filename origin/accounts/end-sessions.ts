import { eq, lt } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts, endedSessions, passwordResets } from '../../drizzle/schema/accounts.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { endedSessionKey, sessionEndKey } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { AccountRow } from './account.ts'
import { type AccountMail, passwordChangedEmail } from './account-emails.ts'
import { endSeconds } from './session.ts'
import { accountTransaction } from './transaction.ts'

export type EndSessionsDeps = {
  db: Database
  redis: Redis
  now: Clock
  sessionSeconds: number
  /** Receives what this origin knows already. */
  onEnd: (account: string, fromSeconds: number) => void
  onEndOne: (session: string) => void
}

/** `mail` is missing where no e-mails are sent. */
export type SetPasswordDeps = EndSessionsDeps & { mail?: Pick<AccountMail, 'queue'> | undefined }

/** Tokens contain only their second: one for the rest of this one, and one for the clocks of several origins. */
const MARGIN_SECONDS = 2

/** How many expired ends of sessions are deleted for each session that is ended. */
const EXPIRED_REMOVED_MAX = 10

/**
 * Revokes one session, so that a copy of its token is worthless. As with all of an account's sessions, Redis is updated
 * before MySQL commits.
 */
export async function endSession(
  deps: Pick<EndSessionsDeps, 'db' | 'redis' | 'now' | 'onEndOne'>,
  { id, account, expiresSeconds }: { id: string; account: string; expiresSeconds: number },
): Promise<void> {
  const expiresAt = new Date(expiresSeconds * 1000)
  await deps.db.transaction(async (tx) => {
    await tx
      .insert(endedSessions)
      .values({ id, accountId: account, expiresAt })
      .onDuplicateKeyUpdate({ set: { expiresAt } })
    const seconds = Math.max(expiresSeconds - Math.floor(deps.now() / 1000), 0) + MARGIN_SECONDS
    await deps.redis.set(endedSessionKey(account, id), 1, 'EX', seconds)
  })
  deps.onEndOne(id)
  await deps.db
    .delete(endedSessions)
    .where(lt(endedSessions.expiresAt, new Date(deps.now())))
    .limit(EXPIRED_REMOVED_MAX)
}

/** Signs an account out everywhere. */
export async function signOutEverywhere(deps: EndSessionsDeps, account: string): Promise<void> {
  const fromSeconds = await accountTransaction(deps.db, account, (tx, row) => endSessionsIn(tx, deps, row))
  if (fromSeconds !== undefined) deps.onEnd(account, fromSeconds)
}

/**
 * Sets an account's password and revokes what the previous one had opened: sessions, and links to set another one. The
 * owner is notified by e-mail, even of their own change.
 */
export async function setPasswordIn(
  tx: Transaction,
  deps: SetPasswordDeps,
  row: AccountRow,
  { passwordHash, language }: { passwordHash: string; language: EmailLanguage },
): Promise<number> {
  await tx.update(accounts).set({ passwordHash }).where(eq(accounts.id, row.id))
  await tx.delete(passwordResets).where(eq(passwordResets.accountId, row.id))
  const fromSeconds = await endSessionsIn(tx, deps, row)
  await deps.mail?.queue(tx, new Date(deps.now()), [passwordChangedEmail(row, fromSeconds, language)])
  return fromSeconds
}

/**
 * Revokes every session of an account whose row the transaction has locked. Returns the second from which sessions are
 * valid again. Gateways read it in Redis, which is updated first: should MySQL then fail, they reject what may still be
 * valid, and no fan believes to be signed out who is not.
 */
export async function endSessionsIn(
  tx: Transaction,
  deps: EndSessionsDeps,
  row: AccountRow,
): Promise<number> {
  const afterThis = Math.floor(deps.now() / 1000) + MARGIN_SECONDS
  const fromSeconds = Math.max(afterThis, endSeconds(row.sessionsFrom) + 1)
  await tx
    .update(accounts)
    .set({ sessionsFrom: new Date(fromSeconds * 1000) })
    .where(eq(accounts.id, row.id))
  await deps.redis.sessionsEnd(sessionEndKey(row.id), fromSeconds, deps.sessionSeconds + MARGIN_SECONDS)
  return fromSeconds
}
