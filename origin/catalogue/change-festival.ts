import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import type { Clock } from '../../shared/clock.ts'
import { changedFields, recordChange } from '../audit/record-change.ts'
import { orderTransaction } from '../orders/transaction.ts'
import type { CatalogueCopy } from './catalogue.ts'
import { type FestivalFields, festivalErrors, type Refusal } from './festival-rules.ts'
import { changedTimesErrors, stageOf, timesOf } from './festival-times.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from './locked-festival.ts'
import type { FestivalRow } from './read-catalogue.ts'
import { type FestivalStanding, readChanged } from './read-festivals.ts'

export type FestivalChange = { [K in keyof FestivalFields]?: FestivalFields[K] | undefined }

export type ChangeFestivalResult =
  | { status: 'changed'; festival: FestivalStanding }
  | { status: 'missing' }
  | Outdated
  | Refusal

export type ChangeFestivalInput = {
  festival: string
  account: string
  change: FestivalChange
  isExpected?: VersionCheck
}

/**
 * Changes what a festival is and says, at any time; its currency only while it is a draft, since from then on there are
 * amounts in it. What is so already changes nothing.
 */
export async function changeFestival(
  deps: { db: Database; now: Clock; catalogue: Pick<CatalogueCopy, 'follow'> },
  { festival: id, account, change, isExpected }: ChangeFestivalInput,
): Promise<ChangeFestivalResult> {
  const result = await orderTransaction(deps.db, async (tx): Promise<ChangeFestivalResult> => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    const { record } = locked
    const before = fieldsOf(record.festival)
    const given = Object.entries(change).filter(([, value]) => value !== undefined)
    const after: FestivalFields = { ...before, ...(Object.fromEntries(given) as Partial<FestivalFields>) }
    const times = timesOf(record)
    const { startsAt, endsAt } = after
    const check = { now: deps.now(), stage: stageOf(record) }
    const errors = [
      ...festivalErrors(after),
      ...changedTimesErrors(times, { ...times, startsAt, endsAt }, check),
    ]
    if (errors.length > 0) return { status: 'invalid', errors }
    if (after.currency !== before.currency && record.festival.published) {
      return { status: 'conflict', detail: 'The currency can only change in a draft', field: 'currency' }
    }
    const changed = changedFields(before, after)
    if (changed === undefined) return { status: 'changed', festival: await readChanged(tx, id) }
    const { description, ...fields } = after
    await tx
      .update(festivals)
      .set({ ...fields, descriptionKo: description.ko, descriptionEn: description.en })
      .where(eq(festivals.id, id))
    await raiseVersion(tx, record)
    await recordChange(tx, {
      at: new Date(deps.now()),
      accountId: account,
      action: 'festival.change',
      subject: id,
      festivalId: id,
      ...changed,
    })
    return { status: 'changed', festival: await readChanged(tx, id) }
  })
  if (result.status === 'changed') await deps.catalogue.follow()
  return result
}

/** A festival's own fields as organisers see them. */
export function fieldsOf(row: FestivalRow): FestivalFields {
  const { name, place, startsAt, endsAt, currency, timeZone, descriptionKo: ko, descriptionEn: en } = row
  const { checkInBeforeMinutes, checkInAfterMinutes } = row
  return {
    ...{ name, place, startsAt, endsAt, currency, timeZone, checkInBeforeMinutes, checkInAfterMinutes },
    description: { ko, en },
  }
}
