import { and, eq, inArray } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { teamMembers } from '../../drizzle/schema/teams.ts'
import { imageOf } from '../../shared/catalogue.ts'
import { RIGHTS } from '../access/rights.ts'

/** Whether a festival of one of the account's teams has this image, by the name of one of its files. */
export async function seesImage(db: Database, account: string, name: string): Promise<boolean> {
  const image = imageOf(name)
  if (image === undefined) return false
  const found = await db
    .select({ id: festivals.id })
    .from(teamMembers)
    .innerJoin(festivals, eq(festivals.id, teamMembers.festivalId))
    .where(
      and(
        eq(teamMembers.accountId, account),
        inArray(teamMembers.role, [...RIGHTS.view]),
        eq(festivals.image, image),
      ),
    )
    .limit(1)
  return found.length > 0
}
