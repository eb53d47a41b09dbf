import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { AccountRow } from './account.ts'

/**
 * Runs a transaction that holds the account's row. Whatever changes who can be an account, its password, its sessions
 * or the letters that reset them, does so one after the other. Undefined for an account that is not there.
 */
export function accountTransaction<T>(
  db: Database,
  account: string,
  run: (tx: Transaction, row: AccountRow) => Promise<T>,
): Promise<T | undefined> {
  return db.transaction(
    async (tx) => {
      const [row] = await tx.select().from(accounts).where(eq(accounts.id, account)).for('update')
      return row === undefined ? undefined : await run(tx, row)
    },
    // Without the gap locks that two accounts' letters would wait for in turn.
    { isolationLevel: 'read committed' },
  )
}
