import { and, eq, exists, gt, isNull, lte, min, ne } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import { orders } from '../../drizzle/schema/purchases.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { AccountRow } from './account.ts'
import { readKnownAccounts } from './accounts-of-address.ts'
import { type EmailSecrets, hashToken } from './email-secrets.ts'
import { accountTransaction } from './transaction.ts'

export type BeginResetResult =
  | { status: 'begun'; account: AccountRow; token: string }
  | { status: 'unknown' }
  /** An equivalent link was sent a moment ago. */
  | { status: 'recent' }

/**
 * The minimum time between two e-mails of an account, or a quarter of a link's lifetime where that is less. The link of
 * the previous e-mail is still valid then, so a client whose request is ignored has a usable one.
 */
const RESET_EVERY_MS = 300_000

/**
 * Creates a token with which an account's password can be set once, for `seconds` from the request; the same one for
 * the same `secretId`. Tokens sent before stay valid, so that another request cannot void the link that the owner has
 * just requested; setting a password revokes them all.
 */
export async function beginReset(
  deps: { db: Database; now: Clock; secrets: EmailSecrets },
  { email, secretId, askedAt, seconds }: { email: string; secretId: string; askedAt: Date; seconds: number },
): Promise<BeginResetResult> {
  const account = await findToReset(deps.db, email)
  if (account === undefined) return { status: 'unknown' }
  const token = deps.secrets.token('reset-password', secretId)
  const tokenHash = hashToken(token)
  const expiresAt = new Date(askedAt.getTime() + seconds * 1000)
  const recentMs = expiresAt.getTime() - Math.min(RESET_EVERY_MS, (seconds * 1000) / 4)
  const begun = await accountTransaction(deps.db, account, async (tx, row): Promise<BeginResetResult> => {
    const ofAccount = eq(passwordResets.accountId, account)
    await tx.delete(passwordResets).where(and(ofAccount, lte(passwordResets.expiresAt, new Date(deps.now()))))
    const isRecent = and(
      gt(passwordResets.expiresAt, new Date(recentMs)),
      ne(passwordResets.tokenHash, tokenHash),
    )
    if ((await tx.$count(passwordResets, and(ofAccount, isRecent))) > 0) return { status: 'recent' }
    await tx
      .insert(passwordResets)
      .values({ tokenHash, accountId: account, expiresAt })
      .onDuplicateKeyUpdate({ set: { expiresAt } })
    return { status: 'begun', account: row, token }
  })
  return begun ?? { status: 'unknown' }
}

/**
 * Which account of an address its mailbox opens: the proven one; while there is none, the oldest that has bought
 * something, or else the oldest, so that an account created later with the same address takes nothing from it.
 */
async function findToReset(db: Database, email: string): Promise<string | undefined> {
  const { rows } = await readKnownAccounts(db, email)
  const proven = rows.find(({ emailProvenAt }) => emailProvenAt !== null)
  if (proven !== undefined || rows.length === 0) return proven?.id
  const ofAddress = and(eq(accounts.email, normalizeEmail(email)), isNull(accounts.emailProvenAt))
  const isBuyer = exists(db.select({ id: orders.id }).from(orders).where(eq(orders.accountId, accounts.id)))
  const [oldestBuyer] = await db
    .select({ id: min(accounts.id) })
    .from(accounts)
    .where(and(ofAddress, isBuyer))
  if (oldestBuyer?.id != null) return oldestBuyer.id
  const [oldest] = await db
    .select({ id: min(accounts.id) })
    .from(accounts)
    .where(ofAddress)
  return oldest?.id ?? rows[0]?.id
}
