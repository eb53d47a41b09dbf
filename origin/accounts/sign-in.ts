import { eq, or } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Busy } from '../../shared/bounded-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import { type AccountRow, toAccount } from './account.ts'
import { normalizeEmail } from './email-address.ts'
import type { Passwords } from './passwords.ts'
import { type SignedIn, sessionFromSeconds } from './session.ts'

export type SignInResult = ({ status: 'signed-in' } & SignedIn) | { status: 'refused' } | Busy

/** The hash of no password: checked when there is no such account, so that both answers take as long. */
const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$9zPAr8gNTk2RyqoBuYyIyVYkBLuTQRj+VMyaGoUZ5Eo'

export async function signIn(
  deps: { db: Database; passwords: Passwords; now: Clock },
  input: { email: string; password: string },
): Promise<SignInResult> {
  const askedAtMs = deps.now()
  return checkPassword(deps, await findByEmail(deps.db, input.email), { ...input, askedAtMs })
}

/** The account of an address, or of another spelling of it. */
export async function findByEmail(db: Database, email: string): Promise<AccountRow | undefined> {
  const address = normalizeEmail(email)
  const rows = await db
    .select()
    .from(accounts)
    .where(or(eq(accounts.email, address), eq(accounts.emailKey, mailboxKey(address))))
  return rows.find((row) => row.email === address) ?? rows[0]
}

/** @param askedAtMs - a time before the row was read */
export async function checkPassword(
  { passwords }: { passwords: Passwords },
  row: AccountRow | undefined,
  { password, askedAtMs }: { password: string; askedAtMs: number },
): Promise<SignInResult> {
  const checked = await passwords.verify(row?.passwordHash ?? DECOY, password)
  if (checked.status === 'busy') return checked
  if (row === undefined || !checked.value) return { status: 'refused' }
  const fromSeconds = sessionFromSeconds(askedAtMs, row.sessionsFrom)
  return { status: 'signed-in', account: toAccount(row), fromSeconds }
}
