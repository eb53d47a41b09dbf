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

type SignUpDeps = { db: Database; passwords: Passwords; now: Clock; mail?: AccountMail | undefined }

/** Another sign-up may come between a look and the insertion: with a similar address, and then with the same. */
const LOOKS_MAX = 3

/**
 * Makes an account. With an address that has one already, the right password signs in, and any other is refused as it
 * is at signing in. So a sign-up whose answer was lost can be sent again, and of two at once one makes the account.
 *
 * Another spelling of the address (`fan+x@…`) stands for it only once it is proven, or anybody could keep somebody from
 * signing up by taking a spelling that no mail reaches. Whichever account is proven first then has the normal form.
 */
export async function signUp(deps: SignUpDeps, input: SignUpInput): Promise<SignUpResult> {
  const askedAtMs = deps.now()
  // Before anything is looked up, so that it is answered the same for every address.
  if (await deps.passwords.isCommon(input.password, [input.name, input.email])) {
    return { status: 'common-password' }
  }
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const result = await tryToSignUp(deps, input, askedAtMs)
    if (result !== undefined) return result
  }
  throw new Error('an address is taken by an account that is not found')
}

/** Undefined where an account was made meanwhile that it was not known of. */
async function tryToSignUp(
  deps: SignUpDeps,
  input: SignUpInput,
  askedAtMs: number,
): Promise<SignUpResult | undefined> {
  const found = await findByEmail(deps.db, input.email)
  const known = found === undefined ? undefined : await signInInstead(deps, found, input, askedAtMs)
  if (known !== undefined) return known
  const hashed = await deps.passwords.hash(input.password)
  if (hashed.status === 'busy') return hashed
  const email = normalizeEmail(input.email)
  const account = { id: uuidv7(), email, name: input.name, roles: input.roles }
  const isMade = await insertAccount(deps, {
    ...account,
    ...{ passwordHash: hashed.value, createdAt: new Date(askedAtMs), language: input.language ?? null },
    emailKey: found === undefined ? mailboxKey(email) : null,
  })
  if (!isMade) return undefined
  return { status: 'created', account, fromSeconds: sessionFromSeconds(askedAtMs, null) }
}

/**
 * Only accounts with a confirmed address take part in a draw, so the code is sent before it is asked for.
 *
 * @returns false where an account has been made meanwhile with the same address, or with its normal form
 */
async function insertAccount(
  { db, now, mail }: SignUpDeps,
  account: typeof accounts.$inferInsert & { language: EmailLanguage | null },
): Promise<boolean> {
  try {
    await db.transaction(
      async (tx) => {
        await tx.insert(accounts).values(account)
        if (mail === undefined) return
        const language = account.language ?? undefined
        await queueConfirmationIn(tx, { now, mail }, { id: account.id, language, isNew: true })
      },
      { isolationLevel: 'read committed' },
    )
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** What somebody is told who signs up with an address that has an account; undefined where it does not stand for theirs. */
async function signInInstead(
  deps: { passwords: Passwords },
  row: AccountRow,
  { email, password }: SignUpInput,
  askedAtMs: number,
): Promise<SignUpResult | undefined> {
  const result = await checkPassword(deps, row, { password, askedAtMs })
  if (result.status !== 'refused') return result
  const isTheirs = row.email === normalizeEmail(email) || row.emailProvenAt !== null
  return isTheirs ? { status: 'refused', owner: toAccount(row) } : undefined
}
