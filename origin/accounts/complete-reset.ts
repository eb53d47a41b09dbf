import { and, eq, gt } from 'drizzle-orm'
import type { Transaction } from '../../drizzle/database.ts'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import type { Busy } from '../../shared/runtime/bounded-queue.ts'
import { toAccount } from './account.ts'
import { proveIn } from './confirm-email.ts'
import { hashToken } from './email-secrets.ts'
import { type SetPasswordDeps, setPasswordIn } from './end-sessions.ts'
import type { Passwords } from './passwords.ts'
import type { SignedIn } from './session.ts'
import { provingTransaction } from './transaction.ts'

export type CompleteResetResult =
  | ({ status: 'set' } & SignedIn)
  | { status: 'ended' }
  | { status: 'common-password' }
  | Busy

/**
 * Sets a password by the token of an e-mail's link and ends every existing session. Of concurrent requests with one
 * token, one succeeds.
 */
export async function completeReset(
  deps: SetPasswordDeps & { passwords: Passwords },
  { token, password, language }: { token: string; password: string; language: EmailLanguage },
): Promise<CompleteResetResult> {
  const live = and(
    eq(passwordResets.tokenHash, hashToken(token)),
    gt(passwordResets.expiresAt, new Date(deps.now())),
  )
  // Checked before the password is hashed, so that forged tokens cost next to nothing.
  const [reset] = await deps.db.select().from(passwordResets).where(live)
  if (reset === undefined) return { status: 'ended' }
  const [owner] = await deps.db.select().from(accounts).where(eq(accounts.id, reset.accountId))
  if (await deps.passwords.isCommon(password, owner === undefined ? [] : [owner.name, owner.email])) {
    return { status: 'common-password' }
  }
  const hashed = await deps.passwords.hash(password, owner?.passwordHash)
  if (hashed.status === 'busy') return hashed
  const set = await provingTransaction(deps.db, reset.accountId, async (tx, row) => {
    if (!(await isLive(tx))) return undefined
    const fromSeconds = await setPasswordIn(tx, deps, row, { passwordHash: hashed.value, language })
    // The link came by e-mail, so e-mail to the address reaches its owner.
    const proven = await proveIn(deps, tx, row)
    return { account: proven.status === 'proven' ? proven.account : toAccount(row), fromSeconds }
  })
  if (set === undefined) return { status: 'ended' }
  deps.onEnd(set.account.id, set.fromSeconds)
  return { status: 'set', ...set }

  /** Checked again under the lock that every change of the account takes. */
  async function isLive(tx: Transaction): Promise<boolean> {
    const rows = await tx.select({ accountId: passwordResets.accountId }).from(passwordResets).where(live)
    return rows.length > 0
  }
}
