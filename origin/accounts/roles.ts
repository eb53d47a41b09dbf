import { asc, eq, inArray, isNull, like } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { escapeLike } from '../../drizzle/like.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Role } from '../../shared/tokens/kinds.ts'
import { recordChange } from '../audit/record-change.ts'
import { type Account, toAccount } from './account.ts'
import { normalizeEmail } from './email-address.ts'

/** The roles that are given and taken; everyone is a fan. */
export const GIVEN_ROLES = ['staff', 'organiser'] as const
export type GivenRole = (typeof GIVEN_ROLES)[number]

export type RolesChange = { [R in GivenRole]?: boolean | undefined }

export type ChangeRolesInput = {
  /** Whose roles. */
  account: string
  /** Who changes them. */
  by: string
  change: RolesChange
}

export type ChangeRolesResult =
  | { status: 'changed'; account: Account }
  | { status: 'missing' }
  /** Nobody takes the role organiser from themselves. */
  | { status: 'own' }
  /** Anybody can have signed up with this address: a role is given to its owner, whom mail to it reaches. */
  | { status: 'unproven' }
  /** Whoever asks is an organiser no more. */
  | { status: 'forbidden' }

/** The roles an account has now; none when there is no such account. */
export async function readRoles(db: Database, account: string): Promise<Role[]> {
  const [row] = await db.select({ roles: accounts.roles }).from(accounts).where(eq(accounts.id, account))
  return (row?.roles ?? []) as Role[]
}

/** Accounts whose address begins so, in order of it and the proven one of it first; at most `limit`. */
export async function findAccounts(
  db: Database,
  { q, limit }: { q: string; limit: number },
): Promise<Account[]> {
  const rows = await db
    .select()
    .from(accounts)
    .where(like(accounts.email, `${escapeLike(normalizeEmail(q))}%`))
    .orderBy(asc(accounts.email), isNull(accounts.emailProvenAt), asc(accounts.id))
    .limit(limit)
  return rows.map(toAccount)
}

type ChangeRolesDeps = {
  db: Database
  now: Clock
  /** Missing where no e-mails are sent: nobody can prove an address then, and who gives a role vouches for it. */
  mail?: object | undefined
}

/**
 * Gives roles and takes them away, and writes who did it to the audit log. The rows of both are locked: of two
 * organisers who take the role from each other at once, one keeps it, so that there is always one.
 */
export async function changeRoles(
  deps: ChangeRolesDeps,
  input: ChangeRolesInput,
): Promise<ChangeRolesResult> {
  if (input.account === input.by && input.change.organiser === false) return { status: 'own' }
  return await deps.db.transaction((tx) => changeIn(tx, deps, input), {
    isolationLevel: 'read committed',
  })
}

async function changeIn(
  tx: Transaction,
  { now, mail }: ChangeRolesDeps,
  input: ChangeRolesInput,
): Promise<ChangeRolesResult> {
  const rows = await tx
    .select()
    .from(accounts)
    .where(inArray(accounts.id, [input.account, input.by]))
    // In one order for everyone, so that two who change each other wait instead of blocking each other.
    .orderBy(asc(accounts.id))
    .for('update')
  const by = rows.find(({ id }) => id === input.by)
  if (by?.roles.includes('organiser') !== true) return { status: 'forbidden' }
  const found = rows.find(({ id }) => id === input.account)
  if (found === undefined) return { status: 'missing' }

  const before = found.roles as Role[]
  const after = rolesAfter(before, input.change)
  const account = toAccount({ ...found, roles: after })
  if (after.join() === before.join()) return { status: 'changed', account }
  const isGiven = after.some((role) => !before.includes(role))
  if (isGiven && mail !== undefined && account.proof === undefined) return { status: 'unproven' }
  await tx.update(accounts).set({ roles: after }).where(eq(accounts.id, found.id))
  await recordChange(tx, {
    at: new Date(now()),
    accountId: input.by,
    action: 'account.roles',
    subject: `account:${found.id}`,
    before: { roles: before },
    after: { roles: after },
  })
  return { status: 'changed', account }
}

function rolesAfter(before: readonly Role[], change: RolesChange): Role[] {
  const kept = before.filter((role) => role === 'fan' || change[role] !== false)
  return [...kept, ...GIVEN_ROLES.filter((role) => change[role] === true && !kept.includes(role))]
}
