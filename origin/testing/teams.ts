import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { accounts } from '../../drizzle/schema/accounts.ts'
import { operators, type TeamRole, teamMembers } from '../../drizzle/schema/teams.ts'
import { makeTestAccounts } from './origin.ts'

/** An account in a festival's team. Returns its ID. */
export async function makeMember(db: Database, festival: string, role: TeamRole): Promise<string> {
  const [accountId = ''] = await makeTestAccounts(db, 1)
  await db.insert(teamMembers).values({ festivalId: festival, accountId, role, since: new Date() })
  return accountId
}

/** An account that may create festivals, and is in no team. */
export async function makeCreator(db: Database): Promise<string> {
  const [id = ''] = await makeTestAccounts(db, 1)
  await db
    .update(accounts)
    .set({ roles: ['fan', 'organiser'] })
    .where(eq(accounts.id, id))
  return id
}

export async function makeTestOperator(db: Database): Promise<string> {
  const [accountId = ''] = await makeTestAccounts(db, 1)
  await db.insert(operators).values({ accountId, since: new Date() })
  return accountId
}
