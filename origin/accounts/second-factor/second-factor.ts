import { randomBytes } from 'node:crypto'
import { and, count, eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../../drizzle/database.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { recoveryCodes, secondFactors } from '../../../drizzle/schema/second-factors.ts'
import type { Busy } from '../../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { recordChange } from '../../audit-log/record-change.ts'
import type { FactorChange } from '../../email/queue-emails.ts'
import { type AccountRow, toAccount } from '../account.ts'
import { type AccountMail, factorChangedEmail } from '../account-emails.ts'
import { hashToken, isSameCode } from '../email-secrets.ts'
import { type EndSessionsDeps, endSessionsIn } from '../end-sessions.ts'
import type { Passwords } from '../passwords.ts'
import { endSeconds, type SignedIn } from '../session.ts'
import { accountTransaction } from '../transaction.ts'
import type { FactorKeys } from './factor-keys.ts'
import { base32, otpauthUri, SECRET_BYTES, stepAt, totpCode } from './totp.ts'

/** A clock may be off by this many steps either way (RFC 6238, section 5.2). */
const STEPS_OFF_MAX = 1
/** An attacker who knows the password guesses a code in 15 minutes with a chance of one in 60,000. */
export const WRONG_CODES_MAX = 5
const WRONG_CODES_MS = 900_000
export const RECOVERY_CODES = 10
const RECOVERY_BYTES = 10
/** How long a sign-in waits for its code. */
const CHALLENGE_SECONDS = 600

export type FactorDeps = { db: Database; now: Clock; factorKeys: FactorKeys }

export type FactorState = { enrolledAt: Date | null; recoveryCodesLeft: number }

/** Since when an account has a second factor; null without one. */
export async function readEnrolledAt(db: Database, account: string): Promise<Date | null> {
  const [factor] = await db
    .select({ enrolledAt: secondFactors.confirmedAt })
    .from(secondFactors)
    .where(eq(secondFactors.accountId, account))
  return factor?.enrolledAt ?? null
}

export async function readSecondFactor(db: Database, account: string): Promise<FactorState> {
  const enrolledAt = await readEnrolledAt(db, account)
  const [left] = await db
    .select({ codes: count() })
    .from(recoveryCodes)
    .where(eq(recoveryCodes.accountId, account))
  return { enrolledAt, recoveryCodesLeft: left?.codes ?? 0 }
}

export type BeginResult =
  | { status: 'begun'; secret: string; uri: string }
  | { status: 'password-wrong' }
  | { status: 'enrolled' }
  | Busy

/**
 * Creates the secret of an authenticator app; it takes effect once a code of it was entered. It requires the password,
 * so that a person who finds a signed-in browser cannot lock its owner out.
 */
export async function beginEnrolment(
  { db, now, factorKeys, passwords }: FactorDeps & { passwords: Passwords },
  { account, password }: { account: string; password: string },
): Promise<BeginResult> {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, account))
  if (row === undefined) return { status: 'password-wrong' }
  const checked = await passwords.verify(row.passwordHash, password)
  if (checked.status === 'busy') return checked
  if (!checked.value) return { status: 'password-wrong' }
  const secret = randomBytes(SECRET_BYTES)
  const set = { sealedSecret: factorKeys.seal(account, secret), createdAt: new Date(now()) }
  const begun = await accountTransaction(db, account, async (tx) => {
    const [known] = await tx.select().from(secondFactors).where(eq(secondFactors.accountId, account))
    if (known?.confirmedAt != null) return false
    await tx
      .insert(secondFactors)
      .values({ accountId: account, ...set })
      .onDuplicateKeyUpdate({ set })
    return true
  })
  if (begun !== true) return { status: 'enrolled' }
  const text = base32(secret)
  return { status: 'begun', secret: text, uri: otpauthUri(text, row.email) }
}

/** Why a code was rejected; `none`: there is no second factor to check it by. */
export type CodeRefused =
  | { status: 'wrong' }
  | { status: 'none' }
  | { status: 'too-many'; retryAfterSeconds: number }

type ChangeDeps = FactorDeps & EndSessionsDeps & { mail?: Pick<AccountMail, 'queue'> | undefined }

type CodeInput = { account: string; code: string }

export type ConfirmResult = ({ status: 'enrolled'; codes: string[] } & SignedIn) | CodeRefused

/**
 * Completes the enrolment by the first code of the app. Returns recovery codes, which are shown only once, and from
 * when on the session is valid that replaces the earlier ones: they began without the second factor.
 */
export async function confirmEnrolment(
  deps: ChangeDeps,
  { account, code }: CodeInput,
): Promise<ConfirmResult> {
  const done = await accountTransaction(deps.db, account, async (tx, row): Promise<ConfirmResult> => {
    const checked = await checkCode(tx, deps, { account, code, takes: 'first-code' })
    if (checked.status !== 'right') return checked
    const confirmed = { confirmedAt: new Date(deps.now()) }
    await tx.update(secondFactors).set(confirmed).where(eq(secondFactors.accountId, account))
    const codes = await replaceRecoveryCodes(tx, account)
    const fromSeconds = await endSessionsIn(tx, deps, row)
    await recordFactorChange(tx, deps, row, 'enrolled')
    return { status: 'enrolled', account: toAccount(row), codes, fromSeconds }
  })
  if (done?.status === 'enrolled') deps.onEnd(account, done.fromSeconds)
  return done ?? { status: 'none' }
}

export type RemoveResult = ({ status: 'removed' } & SignedIn) | CodeRefused

/** Removes the second factor of an account, by a code of it, and ends the sessions that began with it. */
export async function removeSecondFactor(
  deps: ChangeDeps,
  { account, code }: CodeInput,
): Promise<RemoveResult> {
  const done = await accountTransaction(deps.db, account, async (tx, row): Promise<RemoveResult> => {
    const checked = await checkCode(tx, deps, { account, code, takes: 'any-code' })
    if (checked.status !== 'right') return checked
    await tx.delete(recoveryCodes).where(eq(recoveryCodes.accountId, account))
    await tx.delete(secondFactors).where(eq(secondFactors.accountId, account))
    const fromSeconds = await endSessionsIn(tx, deps, row)
    await recordFactorChange(tx, deps, row, 'removed')
    return { status: 'removed', account: toAccount(row), fromSeconds }
  })
  if (done?.status === 'removed') deps.onEnd(account, done.fromSeconds)
  return done ?? { status: 'none' }
}

export type RenewCodesResult = { status: 'renewed'; codes: string[] } | CodeRefused

/**
 * Replaces the recovery codes of an account. It requires a code of the app, so that one recovery code that was found
 * does not yield ten.
 */
export async function renewRecoveryCodes(
  deps: Pick<ChangeDeps, 'db' | 'now' | 'factorKeys' | 'mail'>,
  { account, code }: CodeInput,
): Promise<RenewCodesResult> {
  const done = await accountTransaction(deps.db, account, async (tx, row): Promise<RenewCodesResult> => {
    const checked = await checkCode(tx, deps, { account, code, takes: 'app-code' })
    if (checked.status !== 'right') return checked
    const codes = await replaceRecoveryCodes(tx, account)
    await recordFactorChange(tx, deps, row, 'recovery-codes')
    return { status: 'renewed', codes }
  })
  return done ?? { status: 'none' }
}

async function replaceRecoveryCodes(tx: Transaction, account: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.accountId, account))
  await tx
    .insert(recoveryCodes)
    .values(codes.map((each) => ({ accountId: account, codeHash: hashRecoveryCode(each) })))
  return codes
}

/** Writes the audit log, and notifies the owner by e-mail, even of their own change. */
async function recordFactorChange(
  tx: Transaction,
  { now, mail }: Pick<ChangeDeps, 'now' | 'mail'>,
  row: AccountRow,
  change: FactorChange,
): Promise<void> {
  const at = new Date(now())
  await recordChange(tx, {
    ...{ at, accountId: row.id, subject: row.id, festivalId: null, before: {} },
    ...{ action: 'account.second-factor', after: { factor: change } },
  })
  await mail?.queue(tx, at, [factorChangedEmail(row, change)])
}

/** The challenge after a right password, before the session begins; undefined without a second factor. */
export async function challengeFor(
  { db, now, factorKeys }: FactorDeps,
  { account, fromSeconds }: SignedIn,
): Promise<string | undefined> {
  if ((await readEnrolledAt(db, account.id)) === null) return undefined
  const expiresSeconds = Math.floor(now() / 1000) + CHALLENGE_SECONDS
  return factorKeys.signChallenge({ account: account.id, fromSeconds, expiresSeconds })
}

export type AnswerResult = ({ status: 'signed-in' } & SignedIn) | { status: 'ended' } | CodeRefused

/**
 * Completes a sign-in by a code of the app or a recovery code. It fails if the account's sessions were ended meanwhile.
 */
export async function answerChallenge(
  deps: FactorDeps,
  { token, code }: { token: string; code: string },
): Promise<AnswerResult> {
  const challenge = deps.factorKeys.readChallenge(token)
  if (challenge === undefined || challenge.expiresSeconds * 1000 <= deps.now()) return { status: 'ended' }
  const { account, fromSeconds } = challenge
  const done = await accountTransaction(deps.db, account, async (tx, row): Promise<AnswerResult> => {
    if (endSeconds(row.sessionsFrom) > fromSeconds) return { status: 'ended' }
    const checked = await checkCode(tx, deps, { account, code, takes: 'any-code' })
    if (checked.status !== 'right') return checked
    return { status: 'signed-in', account: toAccount(row), fromSeconds }
  })
  return done ?? { status: 'ended' }
}

/**
 * Checks a code under the lock of the account's row, so that none is accepted twice (RFC 6238, section 5.2) and wrong
 * ones are counted one by one.
 */
async function checkCode(
  tx: Transaction,
  deps: Pick<FactorDeps, 'now' | 'factorKeys'>,
  { account, code, takes }: CodeInput & { takes: 'first-code' | 'app-code' | 'any-code' },
): Promise<{ status: 'right' } | CodeRefused> {
  const nowMs = deps.now()
  const isIt = eq(secondFactors.accountId, account)
  const [factor] = await tx.select().from(secondFactors).where(isIt)
  if (factor === undefined || (factor.confirmedAt === null) !== (takes === 'first-code'))
    return { status: 'none' }
  const wrongUntil = (factor.wrongFrom?.getTime() ?? 0) + WRONG_CODES_MS
  const wrong = wrongUntil > nowMs ? factor.wrongCodes : 0
  if (wrong >= WRONG_CODES_MAX) {
    return { status: 'too-many', retryAfterSeconds: Math.ceil((wrongUntil - nowMs) / 1000) }
  }
  const typed = code.normalize('NFKC').replaceAll(/[\s-]/g, '').toLowerCase()
  const step = matchingStep(deps, factor, typed, nowMs)
  if (step !== undefined || (takes === 'any-code' && (await useRecoveryCode(tx, account, typed)))) {
    const usedStep = step ?? factor.usedStep
    await tx.update(secondFactors).set({ usedStep, wrongCodes: 0, wrongFrom: null }).where(isIt)
    return { status: 'right' }
  }
  const wrongFrom = wrong === 0 ? new Date(nowMs) : factor.wrongFrom
  await tx
    .update(secondFactors)
    .set({ wrongCodes: wrong + 1, wrongFrom })
    .where(isIt)
  return { status: 'wrong' }
}

/** The step whose code was typed, later than that of the last accepted one. */
function matchingStep(
  { factorKeys }: Pick<FactorDeps, 'factorKeys'>,
  factor: typeof secondFactors.$inferSelect,
  typed: string,
  nowMs: number,
): number | undefined {
  const secret = factorKeys.open(factor.accountId, factor.sealedSecret)
  if (secret === undefined) return undefined
  const now = stepAt(nowMs)
  const steps = Array.from({ length: 2 * STEPS_OFF_MAX + 1 }, (_, i) => now - STEPS_OFF_MAX + i)
  return steps.find((step) => step > (factor.usedStep ?? -1) && isSameCode(typed, totpCode(secret, step)))
}

async function useRecoveryCode(tx: Transaction, account: string, typed: string): Promise<boolean> {
  const [used] = await tx
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.accountId, account), eq(recoveryCodes.codeHash, hashRecoveryCode(typed))))
  return used.affectedRows === 1
}

/** 80 bits in four groups that people can copy by hand. */
function newRecoveryCode(): string {
  return (base32(randomBytes(RECOVERY_BYTES)).toLowerCase().match(/.{4}/g) ?? []).join('-')
}

function hashRecoveryCode(code: string): string {
  return hashToken(code.replaceAll('-', ''))
}
