import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { operators, teamMembers } from '../../drizzle/schema/teams.ts'

/**
 * Puts the accounts with the role organiser or staff into the teams of festivals, as owners and gate staff, as the
 * migration to teams did. Festivals that a command makes have no team otherwise, since nobody is signed in to it.
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

/** Makes the account that has an address an operator: the first one, whom no other can name. */
export async function makeOperator(db: Database, emailKey: string): Promise<'made' | 'no-account'> {
  const [account] = await db.select({ id: accounts.id }).from(accounts).where(eq(accounts.emailKey, emailKey))
  if (account === undefined) return 'no-account'
  await db.insert(operators).ignore().values({ accountId: account.id, since: new Date() })
  return 'made'
}
