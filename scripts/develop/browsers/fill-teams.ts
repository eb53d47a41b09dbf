import { sql } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { teamMembers } from '../../../drizzle/schema/teams.ts'

/**
 * Puts the accounts with the role organiser or staff into the teams of festivals, as owners and gate staff: for scenes
 * and tests, whose festivals and accounts are made by no one who is signed in.
 *
 * @param festival - the only festival; all, where it is left out
 */
export async function fillTeams(db: Database, festival?: string): Promise<void> {
  const only = festival === undefined ? sql`` : sql`AND f.id = ${festival}`
  const isOrganiser = sql`JSON_CONTAINS(a.roles, '"organiser"')`
  await db.execute(sql`INSERT IGNORE INTO ${teamMembers} (festival_id, account_id, role, since)
    SELECT f.id, a.id, IF(${isOrganiser}, 'owner', 'gate'), UTC_TIMESTAMP(3) FROM festivals f
    JOIN accounts a ON (${isOrganiser} OR JSON_CONTAINS(a.roles, '"staff"')) ${only}`)
}
