import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { teamSettings } from '../../drizzle/schema/teams.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { isFestival, mayDecide, teamTransaction } from './team.ts'

export type TeamSettingsInput = { festival: string; by: string; secondFactorRequired: boolean }

/** Sets what a team requires of its members, from their next request on. */
export async function setTeamSettings(
  { db, now }: { db: Database; now: Clock },
  { festival, by, secondFactorRequired }: TeamSettingsInput,
): Promise<{ status: 'set' | 'missing' | 'forbidden' }> {
  return await teamTransaction(db, festival, async (tx, members) => {
    if (!(await mayDecide(tx, members, by))) return { status: 'forbidden' }
    if (!(await isFestival(tx, festival))) return { status: 'missing' }
    const [known] = await tx.select().from(teamSettings).where(eq(teamSettings.festivalId, festival))
    const before = known?.secondFactorRequired ?? false
    if (before === secondFactorRequired) return { status: 'set' }
    const set = { secondFactorRequired }
    await tx
      .insert(teamSettings)
      .values({ festivalId: festival, ...set })
      .onDuplicateKeyUpdate({ set })
    await recordChange(tx, {
      at: new Date(now()),
      ...{ accountId: by, action: 'team.settings', subject: festival, festivalId: festival },
      before: { secondFactorRequired: before },
      after: { secondFactorRequired },
    })
    return { status: 'set' }
  })
}
