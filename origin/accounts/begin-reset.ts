import { and, asc, eq, lte } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { passwordResets } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import { type EmailSecrets, hashToken } from './email-secrets.ts'
import { findByEmail } from './sign-in.ts'
import { accountTransaction } from './transaction.ts'

export type BeginResetResult = { status: 'begun'; account: string; token: string } | { status: 'unknown' }

/** Live tokens of one account. More than others can have sent while one lives, or they could void the owner's. */
const RESETS_LIVE_MAX = 50

/**
 * Makes a token with which an account's password can be set once, until `expiresAt`; the same one for the same
 * `secretId`. Tokens sent before stay valid, so that nobody voids the link that the owner has just asked for by asking
 * again; setting a password ends them all.
 */
export async function beginReset(
  deps: { db: Database; now: Clock; secrets: EmailSecrets },
  { email, secretId, expiresAt }: { email: string; secretId: string; expiresAt: Date },
): Promise<BeginResetResult> {
  const found = await findByEmail(deps.db, email)
  if (found === undefined) return { status: 'unknown' }
  const token = deps.secrets.token('reset-password', secretId)
  const tokenHash = hashToken(token)
  await accountTransaction(deps.db, found.id, async (tx) => {
    const ofAccount = eq(passwordResets.accountId, found.id)
    await tx.delete(passwordResets).where(and(ofAccount, lte(passwordResets.expiresAt, new Date(deps.now()))))
    const over = (await tx.$count(passwordResets, ofAccount)) - RESETS_LIVE_MAX + 1
    if (over > 0) {
      await tx.delete(passwordResets).where(ofAccount).orderBy(asc(passwordResets.expiresAt)).limit(over)
    }
    await tx
      .insert(passwordResets)
      .values({ tokenHash, accountId: found.id, expiresAt })
      .onDuplicateKeyUpdate({ set: { expiresAt } })
  })
  return { status: 'begun', account: found.id, token }
}
