import type { Database } from '../../drizzle/database.ts'
import type { Busy } from '../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type AccountRow, toAccount } from './account.ts'
import { findOpened, openedAmong, readKnownAccounts } from './accounts-of-address.ts'
import type { Passwords } from './passwords.ts'
import { type SignedIn, sessionFromSeconds } from './session.ts'

export type SignInResult = ({ status: 'signed-in' } & SignedIn) | { status: 'refused' } | Busy

/** The hash of no password: its salt is used where there is no account, so that both responses take equally long. */
const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$9zPAr8gNTk2RyqoBuYyIyVYkBLuTQRj+VMyaGoUZ5Eo'

/** Signs in to the account of an address, or of another spelling of it, that the password opens. */
export async function signIn(
  { db, passwords, now }: { db: Database; passwords: Passwords; now: Clock },
  { email, password }: { email: string; password: string },
): Promise<SignInResult> {
  const askedAtMs = now()
  const known = await readKnownAccounts(db, email)
  const hashed = await passwords.hash(password, known.hash ?? DECOY)
  if (hashed.status === 'busy') return hashed
  const row = openedAmong(known, hashed.value) ?? (await findOpened(db, email, hashed.value))
  return row === undefined ? { status: 'refused' } : signedInAs(row, askedAtMs)
}

/** @param askedAtMs - a time before the row was read */
export function signedInAs(row: AccountRow, askedAtMs: number): { status: 'signed-in' } & SignedIn {
  const fromSeconds = sessionFromSeconds(askedAtMs, row.sessionsFrom)
  return { status: 'signed-in', account: toAccount(row), fromSeconds }
}
