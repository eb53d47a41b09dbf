import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { type Account, toAccount } from './account.ts'

export async function findAccount(db: Database, account: string): Promise<Account | undefined> {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, account))
  return row === undefined ? undefined : toAccount(row)
}
