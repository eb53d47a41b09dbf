import { and, desc, eq, exists, gte, inArray, isNull, lt, lte, or } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { type AuditedFields, auditLog } from '../../drizzle/schema/audit.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { teamMembers } from '../../drizzle/schema/teams.ts'
import { RIGHTS } from '../access/rights.ts'

export type Change = {
  id: number
  at: Date
  account: { id: string; name: string }
  action: string
  /** The changed subject, such as a room. */
  subject: string
  before: AuditedFields
  after: AuditedFields
}

export type ReadChangesInput = {
  subject?: string | undefined
  festival?: string | undefined
  /** The account that changed it. */
  by?: string | undefined
  /** Only what the account may see: changes of their teams' festivals, and for operators those without a festival. */
  seenBy?: { account: string; operates: boolean } | undefined
  /** Without changes of a deleted draft that had the ID of this festival. */
  sinceMade?: string | undefined
  before?: number | undefined
  limit: number
}

/** The changes of one subject or of all, newest first: at most `limit` changes, of those older than `before`. */
export async function readChanges(
  db: Database,
  { subject, festival, by, seenBy, sinceMade, before, limit }: ReadChangesInput,
): Promise<Change[]> {
  return await db
    .select({
      id: auditLog.id,
      at: auditLog.at,
      account: { id: accounts.id, name: accounts.name },
      action: auditLog.action,
      subject: auditLog.subject,
      before: auditLog.before,
      after: auditLog.after,
    })
    .from(auditLog)
    .innerJoin(accounts, eq(accounts.id, auditLog.accountId))
    .where(
      and(
        subject === undefined ? undefined : eq(auditLog.subject, subject),
        festival === undefined ? undefined : eq(auditLog.festivalId, festival),
        by === undefined ? undefined : eq(auditLog.accountId, by),
        seenBy === undefined ? undefined : isSeenBy(db, seenBy),
        sinceMade === undefined ? undefined : gte(auditLog.at, madeAt(db, sinceMade)),
        before === undefined ? undefined : lt(auditLog.id, before),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit)
}

function madeAt(db: Database, festival: string) {
  return db.select({ at: festivals.createdAt }).from(festivals).where(eq(festivals.id, festival))
}

/** Without changes of a deleted draft that had the ID of another festival. */
function isSeenBy(db: Database, { account, operates }: { account: string; operates: boolean }) {
  const ofTeam = db
    .select({ id: teamMembers.festivalId })
    .from(teamMembers)
    .innerJoin(festivals, eq(festivals.id, teamMembers.festivalId))
    .where(
      and(
        eq(teamMembers.festivalId, auditLog.festivalId),
        eq(teamMembers.accountId, account),
        inArray(teamMembers.role, [...RIGHTS.view]),
        lte(festivals.createdAt, auditLog.at),
      ),
    )
  return operates ? or(exists(ofTeam), isNull(auditLog.festivalId)) : exists(ofTeam)
}
