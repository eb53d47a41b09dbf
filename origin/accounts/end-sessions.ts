import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Redis } from '../../shared/redis/client.ts'
import { sessionEndKey } from '../../shared/redis/keys.ts'
import type { AccountRow } from './account.ts'
import { endSeconds } from './session.ts'
import { accountTransaction } from './transaction.ts'

export type EndSessionsDeps = {
  db: Database
  redis: Redis
  now: Clock
  sessionSeconds: number
  /** Told what this origin need not wait to hear. */
  onEnd: (account: string, fromSeconds: number) => void
}

/** Tokens say their second only: one for the rest of this one, and one for the clocks of several origins. */
const MARGIN_SECONDS = 2

/** Signs an account out everywhere. */
export async function signOutEverywhere(deps: EndSessionsDeps, account: string): Promise<void> {
  const fromSeconds = await accountTransaction(deps.db, account, (tx, row) => endSessionsIn(tx, deps, row))
  if (fromSeconds !== undefined) deps.onEnd(account, fromSeconds)
}

/** Sets an account's password and ends what the former one had opened: sessions, and letters under way. */
export async function setPasswordIn(
  tx: Transaction,
  deps: EndSessionsDeps,
  row: AccountRow,
  passwordHash: string,
): Promise<number> {
  await tx.update(accounts).set({ passwordHash }).where(eq(accounts.id, row.id))
  await tx.delete(passwordResets).where(eq(passwordResets.accountId, row.id))
  return endSessionsIn(tx, deps, row)
}

/**
 * Ends every session of an account whose row the transaction holds. Returns the second from which sessions are good
 * again. Gateways read it in Redis, which is told first: should MySQL then fail, they refuse what may still be good,
 * and nobody believes to be signed out who is not.
 */
async function endSessionsIn(tx: Transaction, deps: EndSessionsDeps, row: AccountRow): Promise<number> {
  const afterThis = Math.floor(deps.now() / 1000) + MARGIN_SECONDS
  const fromSeconds = Math.max(afterThis, endSeconds(row.sessionsFrom) + 1)
  await tx
    .update(accounts)
    .set({ sessionsFrom: new Date(fromSeconds * 1000) })
    .where(eq(accounts.id, row.id))
  await deps.redis.set(sessionEndKey(row.id), fromSeconds, 'EX', deps.sessionSeconds + MARGIN_SECONDS)
  return fromSeconds
}
