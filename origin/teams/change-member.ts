import { and, eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { type TeamRole, teamMembers } from '../../drizzle/schema/teams.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { endInvitationsOf } from './invitations.ts'
import { isFestival, type Member, mayDecide, TEAM_MEMBERS_MAX, teamTransaction } from './team.ts'

export type ChangeMemberInput = {
  festival: string
  /** Whose role. */
  account: string
  /** Who changes it. */
  by: string
  /** Undefined removes them from the team. */
  role: TeamRole | undefined
}

export type ChangeMemberResult =
  | { status: 'changed' }
  | { status: 'missing' }
  | { status: 'last-owner' }
  | { status: 'too-many' }
  /**
   * Where e-mails are sent, an operator names only accounts with a confirmed address: anyone can sign up with
   * another's.
   */
  | { status: 'unproven' }
  /** The caller may no longer decide. */
  | { status: 'forbidden' }

type Deps = {
  db: Database
  now: Clock
  /** Missing where no e-mails are sent. */
  mail?: object | undefined
}

/**
 * Changes a member's role or removes them, which members may do with themselves. A new member joins by an invitation;
 * only an operator names them directly, so that a team without owners gets one.
 */
export async function changeMember(deps: Deps, input: ChangeMemberInput): Promise<ChangeMemberResult> {
  return await teamTransaction(deps.db, input.festival, (tx, members) => changeIn(tx, deps, members, input))
}

async function changeIn(
  tx: Transaction,
  deps: Deps,
  members: readonly Member[],
  input: ChangeMemberInput,
): Promise<ChangeMemberResult> {
  const { festival, account, by, role } = input
  const member = members.find(({ accountId }) => accountId === account)
  const isLeaving = account === by && role === undefined
  if (!isLeaving && !(await mayDecide(tx, members, by))) return { status: 'forbidden' }
  const refused = member === undefined ? await whyNotAdded(tx, deps, members, input) : undefined
  if (refused !== undefined) return refused
  if (member?.role === role) return { status: 'changed' }
  const owners = members.filter((each) => each.role === 'owner')
  if (member?.role === 'owner' && owners.length === 1) return { status: 'last-owner' }
  const at = new Date(deps.now())
  const row = and(eq(teamMembers.festivalId, festival), eq(teamMembers.accountId, account))
  if (role === undefined) {
    await tx.delete(teamMembers).where(row)
    await endInvitationsOf(tx, { festival, account, by, at })
  } else {
    const set = { role, since: at, addedBy: by }
    await tx
      .insert(teamMembers)
      .values({ festivalId: festival, accountId: account, ...set })
      .onDuplicateKeyUpdate({ set })
  }
  const [named] = await tx.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, account))
  await recordChange(tx, {
    ...{ at, accountId: by, action: 'team.member', subject: festival, festivalId: festival },
    before: { account, member: named?.name, role: member?.role ?? null },
    after: { account, member: named?.name, role: role ?? null },
  })
  return { status: 'changed' }
}

/** Owners invite; only operators name a new member directly. */
async function whyNotAdded(
  tx: Transaction,
  { mail }: Deps,
  members: readonly Member[],
  { festival, account, by, role }: ChangeMemberInput,
): Promise<ChangeMemberResult | undefined> {
  const isOwner = members.some((each) => each.accountId === by && each.role === 'owner')
  if (role === undefined || isOwner) return { status: 'missing' }
  const [row] = await tx
    .select({ provenAt: accounts.emailProvenAt })
    .from(accounts)
    .where(eq(accounts.id, account))
  if (row === undefined || !(await isFestival(tx, festival))) return { status: 'missing' }
  if (mail !== undefined && row.provenAt === null) return { status: 'unproven' }
  return members.length >= TEAM_MEMBERS_MAX ? { status: 'too-many' } : undefined
}
