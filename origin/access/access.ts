import { and, desc, eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { operators, type TeamRole, teamMembers, teamSettings } from '../../drizzle/schema/teams.ts'
import type { TokenClaims } from '../../shared/tokens/kinds.ts'
import { hasRight } from './rights.ts'

/** The rights of an account outside of single festivals. */
export type Permissions = {
  /** Operates the installation. */
  operates: boolean
  /** May create festivals. */
  creates: boolean
  /** Is in the team of some festival with the right to view it. */
  organises: boolean
  /** Checks tickets in at some festival. */
  gates: boolean
  /** At these, those whose team they joined last first. */
  gateFestivals: readonly string[]
  /** Some team that they are in requires a second factor. */
  needsSecondFactor: boolean
}

type Membership = { role: TeamRole; isSecondFactorRequired: boolean }

type Session = Pick<TokenClaims<'session'>, 'sub' | 'roles'>

/**
 * The current rights of a session's account. A session lasts for days, so no roles in it count: a right that was
 * revoked ends with the next request, and one that was granted needs no new session.
 */
export type Access = {
  permissions: (session: Session) => Promise<Permissions>
  /** The role in a festival's team; undefined for non-members, and where there is no such festival. */
  membership: (session: Session, festival: string) => Promise<Membership | undefined>
  requiresSecondFactor: (festival: string) => Promise<boolean>
}

/** Teams per account that count; an account has more only in an installation with more festivals than pages list. */
const TEAMS_READ_MAX = 1000

/** Queries MySQL at each request: two look-ups by primary key. */
export function createAccess(db: Database): Access {
  return {
    async permissions({ sub }) {
      const [[account], teams] = await Promise.all([
        db
          .select({ roles: accounts.roles, operator: operators.accountId })
          .from(accounts)
          .leftJoin(operators, eq(operators.accountId, accounts.id))
          .where(eq(accounts.id, sub)),
        db
          .select({
            festival: teamMembers.festivalId,
            role: teamMembers.role,
            required: teamSettings.secondFactorRequired,
          })
          .from(teamMembers)
          .leftJoin(teamSettings, eq(teamSettings.festivalId, teamMembers.festivalId))
          .where(eq(teamMembers.accountId, sub))
          .orderBy(desc(teamMembers.since), desc(teamMembers.festivalId))
          .limit(TEAMS_READ_MAX),
      ])
      const gateFestivals = teams.filter(({ role }) => hasRight(role, 'gate')).map(({ festival }) => festival)
      const operates = typeof account?.operator === 'string'
      return {
        operates,
        creates: operates || account?.roles.includes('organiser') === true,
        organises: teams.some(({ role }) => hasRight(role, 'view')),
        gates: gateFestivals.length > 0,
        gateFestivals,
        needsSecondFactor: teams.some(({ required }) => required === true),
      }
    },
    async membership({ sub }, festival) {
      const [member] = await db
        .select({ role: teamMembers.role, required: teamSettings.secondFactorRequired })
        .from(teamMembers)
        .leftJoin(teamSettings, eq(teamSettings.festivalId, teamMembers.festivalId))
        .where(and(eq(teamMembers.festivalId, festival), eq(teamMembers.accountId, sub)))
      return member && { role: member.role, isSecondFactorRequired: member.required === true }
    },
    async requiresSecondFactor(festival) {
      const [settings] = await db
        .select({ required: teamSettings.secondFactorRequired })
        .from(teamSettings)
        .where(eq(teamSettings.festivalId, festival))
      return settings?.required === true
    },
  }
}
