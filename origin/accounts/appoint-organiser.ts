import { randomBytes } from 'node:crypto'
import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts, passwordResets } from '../../drizzle/schema/accounts.ts'
import { operators } from '../../drizzle/schema/teams.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import { mailboxKey } from '../../shared/mailbox.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { hashToken } from './email-secrets.ts'
import type { Passwords } from './passwords.ts'
import { signUp } from './sign-up.ts'
import { provingTransaction } from './transaction.ts'

/** How long the link of an appointed organiser is valid. */
const APPOINTMENT_SECONDS = 86_400

/** Of commands that run concurrently, each can make another one look again once. */
const ATTEMPTS_MAX = 5

export type AppointDeps = { db: Database; now: Clock; passwords: Passwords }
export type Appointment = { account: string; token: string; expiresAt: Date }

/**
 * Makes the owner of an address an organiser and an operator, and returns the token with which they set their password,
 * once. The operator who runs this on the origin's host vouches for the address.
 *
 * Anyone can have signed up with the address. So only a proven account is appointed, or one that was appointed before;
 * otherwise a new one is created that no password opens until the link is used, which also proves it. Appointing again
 * voids the previous link.
 */
export async function appointOrganiser(
  deps: AppointDeps,
  { email, seconds = APPOINTMENT_SECONDS }: { email: string; seconds?: number },
): Promise<Appointment> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const appointed = await tryToAppoint(deps, { email, seconds })
    if (appointed !== undefined) return appointed
  }
  throw new Error('each account of the address was replaced while it was appointed')
}

/**
 * Undefined where another account of the address has been appointed or proven meanwhile: each of several commands that
 * run concurrently would otherwise leave an operator with a link of its own.
 */
async function tryToAppoint(
  deps: AppointDeps,
  { email, seconds }: { email: string; seconds: number },
): Promise<Appointment | undefined> {
  const known = await findAppointable(deps.db, email)
  const account = known ?? (await createClosedAccount(deps, email))
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(deps.now() + seconds * 1000)
  return await provingTransaction(deps.db, account, async (tx, row) => {
    const current = await findAppointable(tx, email)
    if (current !== undefined && current !== account) {
      if (known === undefined) await tx.delete(accounts).where(eq(accounts.id, account))
      return undefined
    }
    await giveRolesIn(tx, { at: new Date(deps.now()), account, roles: row.roles })
    await tx.delete(passwordResets).where(eq(passwordResets.accountId, account))
    await tx.insert(passwordResets).values({ tokenHash: hashToken(token), accountId: account, expiresAt })
    return { account, token, expiresAt }
  })
}

/** The proven account of an address, or else the oldest operator among its accounts. */
async function findAppointable(db: Database | Transaction, email: string): Promise<string | undefined> {
  const address = normalizeEmail(email)
  const isProven = and(eq(accounts.emailKey, mailboxKey(address)), isNotNull(accounts.emailProvenAt))
  const [proven] = await db.select({ id: accounts.id }).from(accounts).where(isProven)
  if (proven !== undefined) return proven.id
  const [appointed] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .innerJoin(operators, eq(operators.accountId, accounts.id))
    .where(and(eq(accounts.email, address), isNull(accounts.emailProvenAt)))
    .orderBy(asc(accounts.id))
    .limit(1)
  return appointed?.id
}

/** An account whose password nobody knows. Its owner can change the name, which is the address's own at first. */
async function createClosedAccount({ db, now, passwords }: AppointDeps, email: string): Promise<string> {
  const password = randomBytes(32).toString('base64url')
  const [name = email] = email.split('@')
  const created = await signUp({ db, now, passwords }, { email, password, name, roles: ['fan'] })
  if (created.status !== 'created') throw new Error(`signing up with a random password was ${created.status}`)
  return created.account.id
}

async function giveRolesIn(
  tx: Transaction,
  { at, account, roles }: { at: Date; account: string; roles: readonly string[] },
): Promise<void> {
  const isOrganiser = roles.includes('organiser')
  if (!isOrganiser) {
    await tx
      .update(accounts)
      .set({ roles: [...roles, 'organiser'] })
      .where(eq(accounts.id, account))
  }
  const [inserted] = await tx.insert(operators).ignore().values({ accountId: account, since: at })
  const isOperator = inserted.affectedRows === 0
  if (isOrganiser && isOperator) return
  const rolesOf = (organiser: boolean, operator: boolean) => ({
    roles: ['fan', ...(organiser ? ['organiser'] : []), ...(operator ? ['operator'] : [])],
  })
  await recordChange(tx, {
    ...{ at, accountId: account, action: 'account.roles', subject: `account:${account}`, festivalId: null },
    before: rolesOf(isOrganiser, isOperator),
    after: rolesOf(true, true),
  })
}
