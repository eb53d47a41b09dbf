import { asc, eq, inArray } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { AccountRow } from './account.ts'

/**
 * Runs a transaction that locks the account's row. Everything that changes who can use an account, its password, its
 * sessions or the e-mails that reset them, is serialised by it. Undefined for an account that does not exist.
 */
export function accountTransaction<T>(
  db: Database,
  account: string,
  run: (tx: Transaction, row: AccountRow) => Promise<T>,
): Promise<T | undefined> {
  return runTransaction(db, async (tx) => {
    const [row] = await tx.select().from(accounts).where(eq(accounts.id, account)).for('update')
    return row === undefined ? undefined : await run(tx, row)
  })
}

/**
 * The same for what proves an account: also locks the row of the account that has the normal form of its address, from
 * which it is taken. Both are locked by their IDs and in that order, as settling payments does, so that the two
 * transactions cannot deadlock.
 */
export function provingTransaction<T>(
  db: Database,
  account: string,
  run: (tx: Transaction, row: AccountRow) => Promise<T>,
): Promise<T | undefined> {
  return runTransaction(db, async (tx) => {
    const [found] = await tx.select({ email: accounts.email }).from(accounts).where(eq(accounts.id, account))
    if (found === undefined) return undefined
    const holders = await tx
      .select({ id: accounts.id })
      .from(accounts)
      .where(eq(accounts.emailKey, mailboxKey(found.email)))
    const ids = [account, ...holders.map(({ id }) => id)]
    const rows = await tx
      .select()
      .from(accounts, { forceIndex: 'PRIMARY' })
      .where(inArray(accounts.id, ids))
      .orderBy(asc(accounts.id))
      .for('update')
    const row = rows.find(({ id }) => id === account)
    return row === undefined ? undefined : await run(tx, row)
  })
}
