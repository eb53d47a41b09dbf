import { eq } from 'drizzle-orm'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import type { Busy } from '../../shared/runtime/bounded-queue.ts'
import { toAccount } from './account.ts'
import { type SetPasswordDeps, setPasswordIn } from './end-sessions.ts'
import type { Passwords } from './passwords.ts'
import type { SignedIn } from './session.ts'
import { accountTransaction } from './transaction.ts'

export type ChangePasswordResult =
  | ({ status: 'changed' } & SignedIn)
  | { status: 'refused' }
  | { status: 'common-password' }
  | Busy

/** Changes a password after checking the current one, and ends every session except the one in the response. */
export async function changePassword(
  deps: SetPasswordDeps & { passwords: Passwords },
  input: { account: string; current: string; password: string; language: EmailLanguage },
): Promise<ChangePasswordResult> {
  const [known] = await deps.db.select().from(accounts).where(eq(accounts.id, input.account))
  if (known === undefined) return { status: 'refused' }
  const checked = await deps.passwords.verify(known.passwordHash, input.current)
  if (checked.status === 'busy') return checked
  if (!checked.value) return { status: 'refused' }
  if (await deps.passwords.isCommon(input.password, [known.name, known.email])) {
    return { status: 'common-password' }
  }
  const hashed = await deps.passwords.hash(input.password, known.passwordHash)
  if (hashed.status === 'busy') return hashed
  const fromSeconds = await accountTransaction(deps.db, known.id, async (tx, row) => {
    // Another request was faster: the password that was checked above is no longer the current one.
    if (row.passwordHash !== known.passwordHash) return undefined
    return setPasswordIn(tx, deps, row, { passwordHash: hashed.value, language: input.language })
  })
  if (fromSeconds === undefined) return { status: 'refused' }
  deps.onEnd(known.id, fromSeconds)
  return { status: 'changed', account: toAccount(known), fromSeconds }
}
