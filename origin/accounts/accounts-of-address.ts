import { and, asc, eq, isNull, or } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/mysql-core'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { AccountRow } from './account.ts'

/**
 * An address may have several accounts, of which one at most is proven: who signs up with another password gets an
 * account of their own, and so does not learn whether there was one. All passwords of an address are hashed with one
 * salt: one hash finds the account that a password opens, however many there are, and takes as long when it is none.
 */
export type KnownAccounts = {
  /** One that was made with this address, and the one that has its normal form, where there are any. */
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
  // Accounts from before there was one salt may differ from the holder of the normal form, but not among themselves.
  const like = rows.find((row) => row.email === address) ?? rows[0]
  return { rows, hash: like?.passwordHash }
}

/**
 * The account that a password opens whose hash this is: made with the address, or holding its normal form. Hashes are
 * compared as any text is: without the salt nobody can choose one.
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
    // Two have one password only where one of them was given it later: the proven one, or else the older, is meant.
    .orderBy(isNull(accounts.emailProvenAt), asc(accounts.id))
    .limit(1)
  return row
}

/** The same among accounts that were read before. */
export function openedAmong({ rows }: KnownAccounts, passwordHash: string): AccountRow | undefined {
  const opened = rows.filter((row) => row.passwordHash === passwordHash)
  return opened.find(({ emailProvenAt }) => emailProvenAt !== null) ?? opened[0]
}
