import { eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { festivals, ticketTypes } from '../../drizzle/schema/catalogue.ts'
import { payments } from '../../drizzle/schema/purchases.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import { changedTimesErrors } from '../../shared/api/festival-times.ts'
import { TICKET_TYPE_LIMITS } from '../../shared/api/limits.ts'
import type { InputError } from '../../shared/api/problem.ts'
import { minorDigits } from '../../shared/format.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { changedFields, recordChange } from '../audit-log/record-change.ts'
import { stageOf, timesOf } from '../festivals/festival-times.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord, FestivalRow } from '../festivals/read-catalogue.ts'
import type { CatalogueCopy } from './catalogue.ts'
import {
  type FestivalFields,
  festivalErrors,
  isTooDear,
  type Refusal,
  sellerErrors,
} from './festival-rules.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'

type FestivalChange = { [K in keyof FestivalFields]?: FestivalFields[K] | undefined }

export type ChangeFestivalResult =
  | { status: 'changed'; festival: FestivalWithStock }
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
 * Changes a festival's own fields, at any time; its currency only while it is a draft in which nothing was ever paid
 * for, since payments have amounts in it. A value that is set already changes nothing.
 */
export async function changeFestival(
  deps: { db: Database; now: Clock; catalogue: Pick<CatalogueCopy, 'follow'> },
  { festival: id, account, change, isExpected }: ChangeFestivalInput,
): Promise<ChangeFestivalResult> {
  const result = await runTransaction(deps.db, async (tx): Promise<ChangeFestivalResult> => {
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
      ...removedSellerErrors(record, after),
      ...changedTimesErrors(times, { ...times, startsAt, endsAt }, check),
    ]
    if (errors.length > 0) return { status: 'invalid', errors }
    const refusal = await changeCurrency(tx, record, after.currency)
    if (refusal !== undefined) return refusal
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

/** Of a published festival that sells paid tickets, the seller may change and not disappear. */
function removedSellerErrors({ festival, ticketTypes }: FestivalRecord, after: FestivalFields): InputError[] {
  if (!festival.published || sellerErrors(festival, ticketTypes).length > 0) return []
  return sellerErrors(after, ticketTypes)
}

/** Prices keep their numbers: 50 dollars become 50 won, though a dollar has cents and a won has not. */
async function changeCurrency(
  tx: Transaction,
  { festival, ticketTypes: types }: FestivalRecord,
  currency: string,
): Promise<Refusal | undefined> {
  if (currency === festival.currency) return undefined
  const refusal = (detail: string): Refusal => ({ status: 'conflict', detail, field: 'currency' })
  if (festival.published) return refusal('The currency can only change in a draft')
  const [paid] = await tx
    .select({ id: payments.id })
    .from(payments)
    .where(eq(payments.festivalId, festival.id))
    .limit(1)
  if (paid !== undefined) return refusal('Something was paid for in this currency')
  const [from, to] = [10 ** minorDigits(festival.currency), 10 ** minorDigits(currency)]
  const priced = types.map((type) => ({ ...type, priceMinor: (type.priceMinor * to) / from }))
  const isPrice = (price: number) => Number.isInteger(price) && price <= TICKET_TYPE_LIMITS.priceMinor.max
  if (isTooDear(priced) || !priced.every(({ priceMinor }) => isPrice(priceMinor))) {
    return refusal('Change the prices first: they cannot be written in this currency')
  }
  for (const { id, priceMinor } of from === to ? [] : priced) {
    await tx.update(ticketTypes).set({ priceMinor }).where(eq(ticketTypes.id, id))
  }
  return undefined
}

/** A festival's own fields as organisers see them. */
function fieldsOf(row: FestivalRow): FestivalFields {
  const { name, place, startsAt, endsAt, currency, timeZone, descriptionKo: ko, descriptionEn: en } = row
  const { nameKo, nameEn, placeKo, placeEn, checkInBeforeMinutes, checkInAfterMinutes } = row
  return {
    ...{ name, place, startsAt, endsAt, currency, timeZone, checkInBeforeMinutes, checkInAfterMinutes },
    ...{ nameKo, nameEn, placeKo, placeEn },
    ...{ sellerName: row.sellerName, sellerRepresentative: row.sellerRepresentative },
    ...{ sellerRegistration: row.sellerRegistration, sellerMailOrder: row.sellerMailOrder },
    ...{ sellerAddress: row.sellerAddress, sellerEmail: row.sellerEmail, sellerPhone: row.sellerPhone },
    description: { ko, en },
  }
}
