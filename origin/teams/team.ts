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

/** Members of a team, and its open invitations. */
export const TEAM_MEMBERS_MAX = 200
export const OPEN_INVITATIONS_MAX = 50

type TeamMember = {
  account: { id: string; name: string; email: string }
  role: TeamRole
  since: Date
  hasSecondFactor: boolean
  /** Who granted the role; null when a command did, or creating the festival. */
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

/** The members and invitations of a festival's team; undefined where there is no such festival. */
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
 * Runs a transaction that locks a team: of two owners who leave concurrently, the second sees that the first has left.
 * The lock is on the row of its settings, since locks on the rows of its members would neither prevent others from
 * joining nor exist in a team without members.
 */
export async function teamTransaction<T>(
  db: Database,
  festival: string,
  run: (tx: Transaction, members: readonly Member[]) => Promise<T>,
): Promise<T> {
  // In a separate transaction, so that no transaction waits for it with a lock. Without such a festival it does
  // nothing.
  await db.insert(teamSettings).ignore().values({ festivalId: festival, secondFactorRequired: false })
  return await db.transaction(async (tx) => run(tx, await lockTeam(tx, festival)), {
    isolationLevel: 'read committed',
  })
}

async function lockTeam(tx: Transaction, festival: string): Promise<Member[]> {
  await tx.select().from(teamSettings).where(eq(teamSettings.festivalId, festival)).for('update')
  return await tx.select().from(teamMembers).where(eq(teamMembers.festivalId, festival))
}

/** Whether an account may decide about the team, checked again under its lock: it may have been removed meanwhile. */
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
