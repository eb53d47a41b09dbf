import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { passwordResets } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import { type Account, toAccount } from './account.ts'
import { hashResetToken, makeResetToken } from './reset-token.ts'
import { findByEmail } from './sign-in.ts'
import { accountTransaction } from './transaction.ts'

export type BeginResetResult = { status: 'begun'; account: Account; token: string } | { status: 'unknown' }

/**
 * Makes the token with which an account's password can be set anew, once and for `seconds`. It takes the place of all
 * earlier ones, so the table has at most one row for an account.
 */
export async function beginReset(
  deps: { db: Database; now: Clock; seconds: number },
  email: string,
): Promise<BeginResetResult> {
  const found = await findByEmail(deps.db, email)
  if (found === undefined) return { status: 'unknown' }
  const token = makeResetToken()
  await accountTransaction(deps.db, found.id, async (tx) => {
    await tx.delete(passwordResets).where(eq(passwordResets.accountId, found.id))
    await tx.insert(passwordResets).values({
      tokenHash: hashResetToken(token),
      accountId: found.id,
      expiresAt: new Date(deps.now() + deps.seconds * 1000),
    })
  })
  return { status: 'begun', account: toAccount(found), token }
}
