import { and, asc, eq, isNull, or } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/mysql-core'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { AccountRow } from './account.ts'

/**
 * An address may have several accounts, of which at most one is proven: signing up with another password creates a
 * separate account, and so does not disclose whether there was one. All passwords of an address are hashed with one
 * salt: one hash finds the account that a password opens, however many there are, and takes as long when there is none.
 */
export type KnownAccounts = {
  /** The accounts created with this address, and the one that has its normal form, where there are any. */
  rows: readonly AccountRow[]
  /** A hash with the salt of the address; undefined while it has none. */
  hash: string | undefined
}

export async function readKnownAccounts(db: Database | Transaction, email: string): Promise<KnownAccounts> {
  const address = normalizeEmail(email)
  const rows = await unionAll(
    db.select().from(accounts).where(eq(accounts.email, address)).limit(1),
    db
      .select()
      .from(accounts)
      .where(eq(accounts.emailKey, mailboxKey(address))),
  )
  // Accounts older than the shared salt may differ from the holder of the normal form, but not among themselves.
  const like = rows.find((row) => row.email === address) ?? rows[0]
  return { rows, hash: like?.passwordHash }
}

/**
 * The account that a password with this hash opens: created with the address, or holding its normal form. Hashes are
 * compared like any text: without the salt a client cannot choose one.
 */
export async function findOpened(
  db: Database | Transaction,
  email: string,
  passwordHash: string,
): Promise<AccountRow | undefined> {
  const address = normalizeEmail(email)
  const isOpened = eq(accounts.passwordHash, passwordHash)
  const [row] = await db
    .select()
    .from(accounts)
    .where(
      or(
        and(eq(accounts.email, address), isOpened),
        and(eq(accounts.emailKey, mailboxKey(address)), isOpened),
      ),
    )
    // Two have the same password only where one of them got it later: the proven one, or else the older, is chosen.
    .orderBy(isNull(accounts.emailProvenAt), asc(accounts.id))
    .limit(1)
  return row
}

/** The same among accounts that were read before. */
export function openedAmong({ rows }: KnownAccounts, passwordHash: string): AccountRow | undefined {
  const opened = rows.filter((row) => row.passwordHash === passwordHash)
  return opened.find(({ emailProvenAt }) => emailProvenAt !== null) ?? opened[0]
}
