import { eq } from 'drizzle-orm'
import type { Database } from '../../../drizzle/database.ts'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { operators, type TeamRole, teamMembers } from '../../../drizzle/schema/teams.ts'
import { normalizeEmail } from '../../../shared/email-address.ts'
import { mailboxKey } from '../../../shared/mailbox.ts'

/** The account with an address. Throws when there is none. */
export async function accountWith(db: Database, email: string): Promise<string> {
  const [account] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.emailKey, mailboxKey(normalizeEmail(email))))
  if (account === undefined) throw new Error(`No account has the address ${email}`)
  return account.id
}

/** Adds accounts to the team of a festival. Members keep their roles. */
export async function addToTeam(
  db: Database,
  festival: string,
  members: readonly { account: string; role: TeamRole }[],
): Promise<void> {
  if (members.length === 0) return
  const since = new Date()
  await db
    .insert(teamMembers)
    .ignore()
    .values(members.map(({ account, role }) => ({ festivalId: festival, accountId: account, role, since })))
}

/** Makes an account an operator: the first one, whom no other operator can appoint. */
export async function makeOperator(db: Database, account: string): Promise<void> {
  await db.insert(operators).ignore().values({ accountId: account, since: new Date() })
}
