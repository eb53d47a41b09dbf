import type { Database } from '../../../drizzle/database.ts'
import { makeFestival, type NewFestival } from '../../../origin/catalogue/make-festival.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { accountWith, addToTeam } from './teams.ts'

/**
 * Creates a festival whose only owners are the accounts of these addresses. Without any, an operator names them on the
 * page of its team.
 */
export async function seedFestival(
  deps: { db: Database; now: Clock },
  festival: NewFestival,
  owners: readonly string[],
): Promise<void> {
  // First, so that a misspelt address leaves no festival.
  const found = await Promise.all(owners.map((email) => accountWith(deps.db, email)))
  const made = await makeFestival(deps, festival)
  if (made.status === 'id-taken') throw new Error(`There is a festival ${festival.id} already`)
  await addToTeam(
    deps.db,
    festival.id,
    found.map((account) => ({ account, role: 'owner' })),
  )
}
