import { eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { EmailLanguage } from '../../shared/api/fields.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { Busy } from '../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { type AccountMail, queueConfirmationIn } from './account-emails.ts'
import { findOpened, openedAmong, readKnownAccounts } from './accounts-of-address.ts'
import type { Passwords } from './passwords.ts'
import { type SignedIn, sessionFromSeconds } from './session.ts'
import { signedInAs } from './sign-in.ts'

export type SignUpResult =
  | ({ status: 'created' | 'signed-in' } & SignedIn)
  /** The password is commonly guessed. */
  | { status: 'common-password' }
  | Busy

export type SignUpInput = {
  email: string
  password: string
  name: string
  roles: Role[]
  /** The language of e-mails to the account; both while it is unknown. */
  language?: EmailLanguage
}

type SignUpDeps = { db: Database; passwords: Passwords; now: Clock; mail?: AccountMail | undefined }

/**
 * Two first concurrent sign-ups with an address hash with different salts: the later one then adopts the earlier one's.
 */
const ATTEMPTS_MAX = 3

/**
 * Creates an account. Where the password opens an existing account of the address, it signs in to that: a sign-up whose
 * response was lost can be sent again, and of two concurrent ones one creates the account.
 *
 * Any other password creates a further account, by the same steps and with the same response as for a new address, so
 * that nothing discloses whether the address has one. It opens nothing of the others, and can be proven only by e-mail
 * that reaches the address, while no other account of it is. Another spelling of the address (`fan+x@…`) is the same
 * address here.
 */
export async function signUp(deps: SignUpDeps, input: SignUpInput): Promise<SignUpResult> {
  const askedAtMs = deps.now()
  // Before anything is looked up, so that the response is the same for every address.
  if (await deps.passwords.isCommon(input.password, [input.name, input.email])) {
    return { status: 'common-password' }
  }
  // When the e-mail queue is full, the account is created without one: its page requests it, and shows to retry later.
  const mail = (await deps.mail?.isFull()) === true ? undefined : deps.mail
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const result = await tryToSignUp({ ...deps, mail }, input, askedAtMs)
    if (result !== undefined) return result
  }
  throw new Error('an address is taken by an account that is not found')
}

/** Undefined where an account was created meanwhile that was not read. */
async function tryToSignUp(
  deps: SignUpDeps,
  input: SignUpInput,
  askedAtMs: number,
): Promise<SignUpResult | undefined> {
  const known = await readKnownAccounts(deps.db, input.email)
  const hashed = await deps.passwords.hash(input.password, known.hash)
  if (hashed.status === 'busy') return hashed
  const opened = openedAmong(known, hashed.value)
  if (opened !== undefined) return signedInAs(opened, askedAtMs)
  try {
    const made = { hash: hashed.value, hasNewSalt: known.hash === undefined, askedAtMs }
    return await deps.db.transaction((tx) => signUpIn(tx, deps, input, made), {
      isolationLevel: 'read committed',
    })
  } catch (error) {
    // Another account has taken the normal form of the address since.
    if (isDuplicate(error)) return undefined
    throw error
  }
}

/**
 * The row that has the address's normal form is locked: sign-ups with one address run one after the other, so that
 * those with one password create one account.
 */
async function signUpIn(
  tx: Transaction,
  { now, mail }: SignUpDeps,
  { email, name, roles, language }: SignUpInput,
  { hash, hasNewSalt, askedAtMs }: { hash: string; hasNewSalt: boolean; askedAtMs: number },
): Promise<SignUpResult | undefined> {
  const address = normalizeEmail(email)
  const key = mailboxKey(address)
  const [holder] = await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.emailKey, key))
  // The address was new and is no more: its salt has changed.
  if (holder !== undefined && (hasNewSalt || !(await lockHolder(tx, holder.id, key)))) return undefined
  const opened = await findOpened(tx, address, hash)
  if (opened !== undefined) return signedInAs(opened, askedAtMs)
  const account = { id: uuidv7(), email: address, name, roles }
  await tx.insert(accounts).values({
    ...account,
    ...{ passwordHash: hash, createdAt: new Date(askedAtMs), language: language ?? null },
    emailKey: holder === undefined ? key : null,
  })
  // Only accounts with a confirmed address take part in a draw, so the code is sent before it is requested.
  if (mail !== undefined) {
    await queueConfirmationIn(tx, { now, mail }, { id: account.id, email: address, language, isNew: true })
  }
  return { status: 'created', account, fromSeconds: sessionFromSeconds(askedAtMs, null) }
}

/** By the row's ID, as everywhere it is locked; false where another account has the normal form by now. */
async function lockHolder(tx: Transaction, id: string, key: string): Promise<boolean> {
  const [row] = await tx
    .select({ emailKey: accounts.emailKey })
    .from(accounts)
    .where(eq(accounts.id, id))
    .for('update')
  return row?.emailKey === key
}
