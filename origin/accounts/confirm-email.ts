import { and, eq, gt, isNull, sum } from 'drizzle-orm'
import { v4 as uuidv4 } from 'uuid'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { accounts, emailConfirmations } from '../../drizzle/schema/accounts.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { mailboxDigest } from '../email/mailbox-digest.ts'
import { type Account, type AccountRow, toAccount } from './account.ts'
import { isAddressToken } from './address-link.ts'
import { type EmailSecrets, hashToken, isSameCode } from './email-secrets.ts'
import { provingTransaction } from './transaction.ts'

export type ConfirmationDeps = { db: Database; now: Clock; secrets: EmailSecrets }

/** How long the link and the code of an e-mail are valid. */
export const CONFIRMATION_SECONDS = 3600
/** A code that is requested again is the same one while it is valid for at least this long. */
const RESENT_SECONDS_MIN = 900
/** Wrong codes before an e-mail's code is void; its link stays valid. */
export const WRONG_CODES_MAX = 5
/**
 * Wrong codes of an account in a day, over all of its e-mails: an attacker guesses a right code on one day in 40,000.
 */
export const WRONG_CODES_OF_DAY_MAX = 25
/**
 * The same for all unproven accounts of a mailbox, since an attacker could otherwise sign up with it any number of
 * times: they guess a right code on one day in 5000. Beyond it the links of all their e-mails are still valid.
 */
export const WRONG_CODES_OF_MAILBOX_MAX = 200
const DAY_MS = 86_400_000

type Confirmation = typeof emailConfirmations.$inferSelect

export type ConfirmResult =
  | { status: 'proven'; account: Account }
  | { status: 'wrong'; attemptsLeft: number }
  /** Used, expired, or attempted too often. */
  | { status: 'ended' }
  | { status: 'taken' }

/** Confirms an account's address by the code that its owner has read. */
export async function confirmByCode(
  deps: ConfirmationDeps,
  { account, code }: { account: string; code: string },
): Promise<ConfirmResult> {
  return confirm(deps, account, async (tx, row) => {
    if (row.emailProvenAt !== null) return { status: 'proven', account: toAccount(row) }
    const [known] = await tx.select().from(emailConfirmations).where(eq(emailConfirmations.accountId, row.id))
    if (known === undefined || !isCodeOpen(known, deps.now())) return { status: 'ended' }
    if (await isTriedOut(tx, row, deps.now())) return { status: 'ended' }
    if (isSameCode(code, deps.secrets.code('confirm-email', known.secretId))) return proveIn(deps, tx, row)
    return { status: 'wrong', attemptsLeft: await countWrongCode(tx, known) }
  })
}

/**
 * Confirms an account's address by the token of a link. Requires a session of that account: anyone can sign up with
 * another person's address, and the owner who opens the link must not confirm an account that is not theirs.
 */
export async function confirmByToken(
  deps: ConfirmationDeps,
  { account, token }: { account: string; token: string },
): Promise<ConfirmResult> {
  return confirm(deps, account, async (tx, row) => {
    if (row.emailProvenAt !== null) return { status: 'proven', account: toAccount(row) }
    const nowMs = deps.now()
    if (isAddressToken(deps.secrets, { email: row.email, token, nowMs })) return proveIn(deps, tx, row)
    const [live] = await tx
      .select()
      .from(emailConfirmations)
      .where(
        and(eq(emailConfirmations.accountId, row.id), eq(emailConfirmations.tokenHash, hashToken(token))),
      )
    if (live === undefined || live.expiresAt.getTime() <= nowMs) return { status: 'ended' }
    return proveIn(deps, tx, row)
  })
}

async function confirm(
  deps: ConfirmationDeps,
  account: string,
  run: (tx: Transaction, row: AccountRow) => Promise<ConfirmResult>,
): Promise<ConfirmResult> {
  try {
    return (await provingTransaction(deps.db, account, run)) ?? { status: 'ended' }
  } catch (error) {
    // Two transactions took a free normal form at the same time.
    if (isDuplicate(error)) return { status: 'taken' }
    throw error
  }
}

/**
 * Records that an account's address is confirmed and takes its normal form from an account that has not confirmed it,
 * in a `provingTransaction`.
 */
export async function proveIn(
  deps: Pick<ConfirmationDeps, 'now'>,
  tx: Transaction,
  row: AccountRow,
): Promise<Extract<ConfirmResult, { status: 'proven' | 'taken' }>> {
  if (row.emailProvenAt !== null) return { status: 'proven', account: toAccount(row) }
  const key = mailboxKey(row.email)
  if (row.emailKey !== key && !(await takeKey(tx, key))) return { status: 'taken' }
  const proven = { emailKey: key, emailProvenAt: new Date(deps.now()) }
  await tx.update(accounts).set(proven).where(eq(accounts.id, row.id))
  // The row stays until it is replaced: a link that is opened twice gets the same response.
  return { status: 'proven', account: toAccount({ ...row, ...proven }) }
}

/** Takes a normal form from the account that has it; false where that one has confirmed it. */
async function takeKey(tx: Transaction, key: string): Promise<boolean> {
  const [holder] = await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.emailKey, key))
  if (holder === undefined) return true
  // By its ID: then no transaction that has locked a row has to wait for an index entry of that row.
  const [taken] = await tx
    .update(accounts)
    .set({ emailKey: null })
    .where(and(eq(accounts.id, holder.id), eq(accounts.emailKey, key), isNull(accounts.emailProvenAt)))
  return taken.affectedRows === 1
}

/** The other account that has confirmed the address, in this spelling or another. */
export async function findProvenOther(db: Database, row: AccountRow): Promise<string | undefined> {
  const key = mailboxKey(row.email)
  if (row.emailKey === key) return undefined
  const [holder] = await db
    .select({ id: accounts.id, provenAt: accounts.emailProvenAt })
    .from(accounts)
    .where(eq(accounts.emailKey, key))
  return holder?.provenAt == null ? undefined : holder.id
}

/**
 * Creates what confirms an account's address, or finds it again. The transaction locks or creates the account's row.
 *
 * @param isNew - of the account: it has none yet, and a rush of sign-ups is spared the query
 */
export async function liveConfirmation(
  { now, secrets }: Pick<ConfirmationDeps, 'now' | 'secrets'>,
  tx: Transaction,
  { id: account, email, isNew = false }: { id: string; email: string; isNew?: boolean },
): Promise<Confirmation> {
  const [known] = isNew
    ? []
    : await tx.select().from(emailConfirmations).where(eq(emailConfirmations.accountId, account))
  const nowMs = now()
  const resentUntil = (known?.expiresAt.getTime() ?? 0) - RESENT_SECONDS_MIN * 1000
  if (known !== undefined && known.wrongCodes < WRONG_CODES_MAX && nowMs < resentUntil) return known
  const isSameDay = known !== undefined && nowMs < known.dayFrom.getTime() + DAY_MS
  const secretId = uuidv4()
  const made = {
    mailbox: mailboxDigest(email),
    secretId,
    tokenHash: hashToken(secrets.token('confirm-email', secretId)),
    expiresAt: new Date(nowMs + CONFIRMATION_SECONDS * 1000),
    wrongCodes: 0,
    wrongCodesOfDay: isSameDay ? known.wrongCodesOfDay : 0,
    dayFrom: isSameDay ? known.dayFrom : new Date(nowMs),
  }
  await tx
    .insert(emailConfirmations)
    .values({ accountId: account, ...made })
    .onDuplicateKeyUpdate({ set: made })
  return { accountId: account, ...made }
}

function isCodeOpen(known: Confirmation, nowMs: number): boolean {
  return (
    known.expiresAt.getTime() > nowMs &&
    known.wrongCodes < WRONG_CODES_MAX &&
    known.wrongCodesOfDay < WRONG_CODES_OF_DAY_MAX
  )
}

/**
 * Whether too many wrong codes were entered for an address. Nothing is locked: concurrent attempts may exceed the limit
 * by their number. A proven account has no code left, and its owner's mistakes are not disclosed.
 */
async function isTriedOut(tx: Transaction, row: AccountRow, nowMs: number): Promise<boolean> {
  const [tried] = await tx
    .select({ wrong: sum(emailConfirmations.wrongCodesOfDay).mapWith(Number) })
    .from(emailConfirmations)
    .innerJoin(accounts, eq(accounts.id, emailConfirmations.accountId))
    .where(
      and(
        eq(emailConfirmations.mailbox, mailboxDigest(row.email)),
        gt(emailConfirmations.dayFrom, new Date(nowMs - DAY_MS)),
        isNull(accounts.emailProvenAt),
      ),
    )
  return (tried?.wrong ?? 0) >= WRONG_CODES_OF_MAILBOX_MAX
}

/** @returns how many more codes may be tried */
async function countWrongCode(tx: Transaction, known: Confirmation): Promise<number> {
  const wrongCodes = known.wrongCodes + 1
  const wrongCodesOfDay = known.wrongCodesOfDay + 1
  await tx
    .update(emailConfirmations)
    .set({ wrongCodes, wrongCodesOfDay })
    .where(eq(emailConfirmations.accountId, known.accountId))
  return Math.min(WRONG_CODES_MAX - wrongCodes, WRONG_CODES_OF_DAY_MAX - wrongCodesOfDay)
}
