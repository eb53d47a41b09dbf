import { asc, eq, inArray, isNull, like } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { escapeLike } from '../../drizzle/like.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { operators } from '../../drizzle/schema/teams.ts'
import type { GIVEN_ROLES } from '../../shared/api/admin-accounts.ts'
import { normalizeEmail } from '../../shared/email-address.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { type Account, type AccountRow, toAccount } from './account.ts'

type GivenRole = (typeof GIVEN_ROLES)[number]
export type AccountRole = 'fan' | GivenRole

/** An account as operators see it. */
export type GivenAccount = Omit<Account, 'roles'> & { roles: AccountRole[] }

type RolesChange = { [R in GivenRole]?: boolean | undefined }

export type ChangeRolesInput = {
  /** Whose roles. */
  account: string
  /** Who changes them. */
  by: string
  change: RolesChange
}

export type ChangeRolesResult =
  | { status: 'changed'; account: GivenAccount }
  | { status: 'missing' }
  /** Operators cannot take the role operator from themselves. */
  | { status: 'own' }
  /** Anyone can have signed up with this address: a role is given to its owner, whom e-mail to it reaches. */
  | { status: 'unproven' }
  /** The caller is no longer an operator. */
  | { status: 'forbidden' }

/** Accounts whose address starts with the text, sorted by address with the proven one first; at most `limit`. */
export async function findAccounts(
  db: Database,
  { q, limit }: { q: string; limit: number },
): Promise<GivenAccount[]> {
  const rows = await db
    .select({ account: accounts, operator: operators.accountId })
    .from(accounts)
    .leftJoin(operators, eq(operators.accountId, accounts.id))
    .where(like(accounts.email, `${escapeLike(normalizeEmail(q))}%`))
    .orderBy(asc(accounts.email), isNull(accounts.emailProvenAt), asc(accounts.id))
    .limit(limit)
  return rows.map(({ account, operator }) => givenAccount(account, operator !== null))
}

type ChangeRolesDeps = {
  db: Database
  now: Clock
  /**
   * Missing where no e-mails are sent: then no address can be proven, and the operator who gives a role vouches for it.
   */
  mail?: object | undefined
}

/**
 * Grants and revokes roles, and writes that to the audit log. The rows of both accounts are locked: of two operators
 * who revoke each other's role concurrently, one keeps it, so that there is always one.
 */
export async function changeRoles(
  deps: ChangeRolesDeps,
  input: ChangeRolesInput,
): Promise<ChangeRolesResult> {
  if (input.account === input.by && input.change.operator === false) return { status: 'own' }
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
    // In a fixed order, so that two who change each other wait instead of deadlocking.
    .orderBy(asc(accounts.id))
    .for('update')
  const operating = await tx
    .select({ id: operators.accountId })
    .from(operators)
    .where(inArray(operators.accountId, [input.account, input.by]))
  if (!operating.some(({ id }) => id === input.by)) return { status: 'forbidden' }
  const found = rows.find(({ id }) => id === input.account)
  if (found === undefined) return { status: 'missing' }

  const isOperator = operating.some(({ id }) => id === found.id)
  const { roles: before } = givenAccount(found, isOperator)
  const { organiser = before.includes('organiser'), operator = isOperator } = input.change
  const account = givenAccount({ ...found, roles: withOrganiser(found.roles, organiser) }, operator)
  const after = account.roles
  if (after.join() === before.join()) return { status: 'changed', account }
  const isGiven = after.some((role) => !before.includes(role))
  if (isGiven && mail !== undefined && account.proof === undefined) return { status: 'unproven' }
  const at = new Date(now())
  await tx
    .update(accounts)
    .set({ roles: withOrganiser(found.roles, organiser) })
    .where(eq(accounts.id, found.id))
  if (operator && !isOperator)
    await tx.insert(operators).values({ accountId: found.id, since: at, addedBy: input.by })
  if (!operator) await tx.delete(operators).where(eq(operators.accountId, found.id))
  await recordChange(tx, {
    at,
    accountId: input.by,
    action: 'account.roles',
    subject: `account:${found.id}`,
    festivalId: null,
    before: { roles: before },
    after: { roles: after },
  })
  return { status: 'changed', account }
}

/** The stored roles. The role `staff`, from before teams existed, stays for the previous release and has no effect. */
function withOrganiser(stored: readonly string[], organiser: boolean): string[] {
  const others = stored.filter((role) => role !== 'organiser')
  return organiser ? [...others, 'organiser'] : others
}

function givenAccount(row: AccountRow, operator: boolean): GivenAccount {
  const { roles, ...account } = toAccount(row)
  return {
    ...account,
    roles: [
      'fan',
      ...(roles.includes('organiser') ? (['organiser'] as const) : []),
      ...(operator ? (['operator'] as const) : []),
    ],
  }
}
