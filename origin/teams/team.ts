import { and, asc, eq, gt } from 'drizzle-orm'
import { alias } from 'drizzle-orm/mysql-core'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { secondFactors } from '../../drizzle/schema/second-factors.ts'
import {
  operators,
  type TeamRole,
  teamInvitations,
  teamMembers,
  teamSettings,
} from '../../drizzle/schema/teams.ts'

/** People in a team, and invitations to it that are open. */
export const TEAM_MEMBERS_MAX = 200
export const OPEN_INVITATIONS_MAX = 50

type TeamMember = {
  account: { id: string; name: string; email: string }
  role: TeamRole
  since: Date
  hasSecondFactor: boolean
  /** Who gave them the role; null where a command did, or creating the festival. */
  addedBy: string | null
}

export type TeamInvitation = {
  id: string
  email: string
  role: TeamRole
  createdAt: Date
  expiresAt: Date
}

export type Team = {
  members: TeamMember[]
  invitations: TeamInvitation[]
  secondFactorRequired: boolean
}

const adder = alias(accounts, 'adder')

/** Who is in a festival's team and who is invited to it; undefined where there is no such festival. */
export async function readTeam(db: Database, festival: string, now: Date): Promise<Team | undefined> {
  if (!(await isFestival(db, festival))) return undefined
  const rows = await db
    .select({
      account: { id: accounts.id, name: accounts.name, email: accounts.email },
      role: teamMembers.role,
      factor: secondFactors.confirmedAt,
      since: teamMembers.since,
      addedBy: adder.name,
    })
    .from(teamMembers)
    .innerJoin(accounts, eq(accounts.id, teamMembers.accountId))
    .leftJoin(secondFactors, eq(secondFactors.accountId, accounts.id))
    .leftJoin(adder, eq(adder.id, teamMembers.addedBy))
    .where(eq(teamMembers.festivalId, festival))
    .orderBy(asc(teamMembers.role), asc(teamMembers.since), asc(accounts.id))
  const members = rows.map(({ factor, ...member }) => ({ ...member, hasSecondFactor: factor !== null }))
  const invitations = await db
    .select({
      id: teamInvitations.id,
      email: teamInvitations.email,
      role: teamInvitations.role,
      createdAt: teamInvitations.createdAt,
      expiresAt: teamInvitations.expiresAt,
    })
    .from(teamInvitations)
    .where(and(eq(teamInvitations.festivalId, festival), gt(teamInvitations.expiresAt, now)))
    .orderBy(asc(teamInvitations.createdAt), asc(teamInvitations.id))
  const [settings] = await db.select().from(teamSettings).where(eq(teamSettings.festivalId, festival))
  return { members, invitations, secondFactorRequired: settings?.secondFactorRequired ?? false }
}

export async function isFestival(db: Database | Transaction, id: string): Promise<boolean> {
  const [found] = await db.select({ id: festivals.id }).from(festivals).where(eq(festivals.id, id))
  return found !== undefined
}

export type Member = typeof teamMembers.$inferSelect

/**
 * Runs a transaction that holds a team: of two owners who leave at the same time, the second sees that the first has
 * left. The lock is on the row of its settings, since locks on the rows of its members would neither keep others from
 * joining nor be there at all in a team without members.
 */
export async function teamTransaction<T>(
  db: Database,
  festival: string,
  run: (tx: Transaction, members: readonly Member[]) => Promise<T>,
): Promise<T> {
  // In a transaction of its own, so that nobody waits for it with a lock. Without such a festival it does nothing.
  await db.insert(teamSettings).ignore().values({ festivalId: festival, secondFactorRequired: false })
  return await db.transaction(async (tx) => run(tx, await lockTeam(tx, festival)), {
    isolationLevel: 'read committed',
  })
}

async function lockTeam(tx: Transaction, festival: string): Promise<Member[]> {
  await tx.select().from(teamSettings).where(eq(teamSettings.festivalId, festival)).for('update')
  return await tx.select().from(teamMembers).where(eq(teamMembers.festivalId, festival))
}

/** Whether somebody may decide who is in the team, asked again under its lock: they may have been removed meanwhile. */
export async function mayDecide(
  tx: Transaction,
  members: readonly Member[],
  account: string,
): Promise<boolean> {
  if (members.some(({ accountId, role }) => accountId === account && role === 'owner')) return true
  const [operator] = await tx
    .select({ id: operators.accountId })
    .from(operators)
    .where(eq(operators.accountId, account))
  return operator !== undefined
}
