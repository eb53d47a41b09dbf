import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Busy } from '../../shared/bounded-queue.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { type Account, normalizeEmail } from './account.ts'
import type { Passwords } from './passwords.ts'

export type SignInResult = { status: 'signed-in'; account: Account } | { status: 'refused' } | Busy

/** The hash of no password: checked when there is no such account, so that both answers take as long. */
const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$9zPAr8gNTk2RyqoBuYyIyVYkBLuTQRj+VMyaGoUZ5Eo'

export async function signIn(
  deps: { db: Database; passwords: Passwords },
  input: { email: string; password: string },
): Promise<SignInResult> {
  const [row] = await deps.db
    .select()
    .from(accounts)
    .where(eq(accounts.email, normalizeEmail(input.email)))
  const checked = await deps.passwords.verify(row?.passwordHash ?? DECOY, input.password)
  if (checked.status === 'busy') return checked
  if (row === undefined || !checked.value) return { status: 'refused' }
  return {
    status: 'signed-in',
    account: { id: row.id, email: row.email, name: row.name, roles: row.roles as Role[] },
  }
}
