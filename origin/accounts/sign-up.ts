import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Busy } from '../../shared/bounded-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import type { EmailLanguage } from '../email/message.ts'
import { type Account, type AccountRow, toAccount } from './account.ts'
import { type AccountMail, queueConfirmationIn } from './account-emails.ts'
import { normalizeEmail } from './email-address.ts'
import type { Passwords } from './passwords.ts'
import { type SignedIn, sessionFromSeconds } from './session.ts'
import { checkPassword, findByEmail } from './sign-in.ts'

export type SignUpResult =
  | ({ status: 'created' | 'signed-in' } & SignedIn)
  /** The address has an account with another password; its owner should hear of it, and whoever asked should not. */
  | { status: 'refused'; owner: Account }
  /** The password is one that guessers try first. */
  | { status: 'common-password' }
  | Busy

export type SignUpInput = {
  email: string
  password: string
  name: string
  roles: Role[]
  /** Of e-mails to the account; both while it is not known. */
  language?: EmailLanguage
}

/**
 * Makes an account. With an address that has one already, the right password signs in, and any other is refused as it
 * is at signing in. So a sign-up whose answer was lost can be sent again, and of two at once one makes the account.
 */
export async function signUp(
  deps: { db: Database; passwords: Passwords; now: Clock; mail?: AccountMail | undefined },
  input: SignUpInput,
): Promise<SignUpResult> {
  const askedAtMs = deps.now()
  // Before anything is looked up, so that it is answered the same for every address.
  if (await deps.passwords.isCommon(input.password, [input.name, input.email])) {
    return { status: 'common-password' }
  }
  const taken = await findByEmail(deps.db, input.email)
  if (taken !== undefined) return signInInstead(deps, taken, input, askedAtMs)
  const hashed = await deps.passwords.hash(input.password)
  if (hashed.status === 'busy') return hashed
  const email = normalizeEmail(input.email)
  const account = { id: uuidv7(), email, name: input.name, roles: input.roles }
  try {
    await insertAccount(deps, {
      ...account,
      ...{ emailKey: mailboxKey(email), passwordHash: hashed.value, createdAt: new Date(askedAtMs) },
      language: input.language ?? null,
    })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const other = await findByEmail(deps.db, input.email)
    if (other === undefined) throw error
    return signInInstead(deps, other, input, askedAtMs)
  }
  return { status: 'created', account, fromSeconds: sessionFromSeconds(askedAtMs, null) }
}

/** Only accounts with a confirmed address take part in a draw, so the code is sent before it is asked for. */
async function insertAccount(
  { db, now, mail }: { db: Database; now: Clock; mail?: AccountMail | undefined },
  account: typeof accounts.$inferInsert & { language: EmailLanguage | null },
): Promise<void> {
  await db.transaction(
    async (tx) => {
      await tx.insert(accounts).values(account)
      const { id, language } = account
      if (mail !== undefined)
        await queueConfirmationIn(tx, { now, mail }, { id, language: language ?? undefined })
    },
    { isolationLevel: 'read committed' },
  )
}

async function signInInstead(
  deps: { passwords: Passwords },
  row: AccountRow,
  { password }: SignUpInput,
  askedAtMs: number,
): Promise<SignUpResult> {
  const result = await checkPassword(deps, row, { password, askedAtMs })
  return result.status === 'refused' ? { status: 'refused', owner: toAccount(row) } : result
}
