import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Busy } from '../../shared/bounded-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { type Account, normalizeEmail } from './account.ts'
import type { Passwords } from './passwords.ts'

export type SignUpResult = { status: 'created'; account: Account } | { status: 'email-taken' } | Busy

/** Makes an account. Two who sign up with one address at once: one is created, the other learns that it is taken. */
export async function signUp(
  deps: { db: Database; passwords: Passwords; now: Clock },
  input: { email: string; password: string; name: string; roles: Role[] },
): Promise<SignUpResult> {
  const hashed = await deps.passwords.hash(input.password)
  if (hashed.status === 'busy') return hashed
  const account = { id: uuidv7(), email: normalizeEmail(input.email), name: input.name, roles: input.roles }
  try {
    await deps.db
      .insert(accounts)
      .values({ ...account, passwordHash: hashed.value, createdAt: new Date(deps.now()) })
  } catch (error) {
    if (isDuplicate(error)) return { status: 'email-taken' }
    throw error
  }
  return { status: 'created', account }
}
