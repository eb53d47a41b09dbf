import type { Database } from '../../drizzle/database.ts'
import { errorsIn, timesErrors } from '../../shared/api/festival-times.ts'
import type { InputError } from '../../shared/api/problem.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { recordChange } from '../audit-log/record-change.ts'
import { timesOf } from '../festivals/festival-times.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import type { FestivalRecord } from '../festivals/read-catalogue.ts'
import { findKey, type KeyRefusal, keyedTransaction, storeKey } from '../idempotency/keyed-request.ts'
import type { CatalogueCopy } from './catalogue.ts'
import {
  type FestivalLimits,
  paidTypeErrors,
  type Refusal,
  type TicketTypeFields,
  ticketTypeErrors,
  tooMuchTogether,
} from './festival-rules.ts'
import { insertTicketType } from './make-festival.ts'
import { type FestivalWithStock, readChanged } from './read-festivals.ts'

export type AddTicketTypeResult =
  | { status: 'added'; festival: FestivalWithStock }
  | { status: 'missing' }
  | Outdated
  | KeyRefusal
  | Refusal

export type AddTicketTypeInput = {
  festival: string
  account: string
  fields: TicketTypeFields
  /** The `Idempotency-Key` of the request, if it has one. */
  key?: string | undefined
  isExpected?: VersionCheck
}

/**
 * Adds a ticket type with its units, also while others are on sale. A request that is repeated with its key adds
 * nothing, and returns the current festival.
 */
export async function addTicketType(
  deps: { db: Database; now: Clock; catalogue: Pick<CatalogueCopy, 'follow'>; limits: FestivalLimits },
  { festival: id, account, fields, key, isExpected }: AddTicketTypeInput,
): Promise<AddTicketTypeResult> {
  const request = { operation: 'ticket-type.add', festival: id, fields }
  const keyed = key === undefined ? undefined : { account, key, request }
  const result = await keyedTransaction(deps.db, async (tx): Promise<AddTicketTypeResult> => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    const { record } = locked
    const at = new Date(deps.now())
    const status = await findKey(tx, at, keyed)
    if (status === 'repeated') return { status: 'added', festival: await readChanged(tx, id) }
    if (status !== 'new') return { status }
    const errors = inputErrors(record, fields, deps)
    if (errors.length > 0) return { status: 'invalid', errors }
    const tooMuch = tooMuchTogether([...record.ticketTypes, fields], deps.limits)
    if (tooMuch !== undefined) return tooMuch
    await storeKey(tx, at, keyed)
    const type = await insertTicketType(tx, id, fields)
    await raiseVersion(tx, record)
    await recordChange(tx, {
      at,
      accountId: account,
      action: 'ticket-type.add',
      subject: id,
      festivalId: id,
      before: {},
      after: { type, ...fields },
    })
    return { status: 'added', festival: await readChanged(tx, id) }
  })
  if (result.status === 'added') await deps.catalogue.follow()
  return result
}

function inputErrors(
  record: FestivalRecord,
  fields: TicketTypeFields,
  { now, limits }: { now: Clock; limits: FestivalLimits },
): InputError[] {
  const times = timesOf(record)
  const part = `/ticketTypes/${record.ticketTypes.length}`
  const errors = timesErrors(
    { ...times, ticketTypes: [...times.ticketTypes, fields] },
    {
      now: now(),
      stage: record.festival.published ? 'publishing' : 'draft',
      isSet: (pointer) => pointer.startsWith(`${part}/`),
    },
  )
  return [
    ...ticketTypeErrors(fields, limits),
    ...paidTypeErrors(record.festival, fields),
    ...errorsIn(part, errors),
  ]
}
