import type { Database } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import type { Clock } from '../../shared/clock.ts'
import type { InputError } from '../../shared/problem.ts'
import { recordChange } from '../audit/record-change.ts'
import { findKey, type KeyRefusal, keyedTransaction, storeKey } from '../idempotency/keyed-request.ts'
import {
  type FestivalFields,
  type FestivalLimits,
  festivalErrors,
  type Refusal,
  type TicketTypeFields,
  ticketTypeErrors,
  tooMuchTogether,
} from './festival-rules.ts'
import { timesErrors } from './festival-times.ts'
import { insertFestival, type NewFestival } from './make-festival.ts'
import { type FestivalStanding, readChanged } from './read-festivals.ts'

export type CreateFestivalInput = {
  id: string
  account: string
  fields: FestivalFields
  room: NewFestival['room']
  ticketTypes: TicketTypeFields[]
  /** The `Idempotency-Key` of the request, if it has one. */
  key?: string | undefined
}

export type CreateFestivalResult =
  | { status: 'created'; festival: FestivalStanding }
  | { status: 'id-taken' }
  | KeyRefusal
  | Refusal

/**
 * Makes a festival that only organisers see until it is published. Of two with one ID at once, one is made. A request that
 * is repeated with its key makes nothing, and is answered with the festival as it is now.
 */
export async function createFestival(
  deps: { db: Database; now: Clock; limits: FestivalLimits },
  { key, ...input }: CreateFestivalInput,
): Promise<CreateFestivalResult> {
  const { id, account, fields, room, ticketTypes } = input
  const errors = inputErrors(deps, input)
  if (errors.length > 0) return { status: 'invalid', errors }
  const tooMuch = tooMuchTogether(ticketTypes, deps.limits)
  if (tooMuch !== undefined) return tooMuch

  const { description, ...festival } = fields
  const made: NewFestival = {
    ...festival,
    id,
    descriptionKo: description.ko,
    descriptionEn: description.en,
    published: false,
    room,
    ticketTypes,
  }
  const request = { operation: 'festival.create', ...input }
  const keyed = key === undefined ? undefined : { account, key, request }
  try {
    return await keyedTransaction(deps.db, async (tx): Promise<CreateFestivalResult> => {
      const at = new Date(deps.now())
      const status = await findKey(tx, at, keyed)
      if (status === 'repeated') return { status: 'created', festival: await readChanged(tx, id) }
      if (status !== 'new') return { status }
      await storeKey(tx, at, keyed)
      await insertFestival(tx, deps.now, made)
      await recordChange(tx, {
        at,
        accountId: account,
        action: 'festival.create',
        subject: id,
        before: {},
        after: { ...fields, room, ticketTypes },
      })
      return { status: 'created', festival: await readChanged(tx, id) }
    })
  } catch (error) {
    if (isDuplicate(error)) return { status: 'id-taken' }
    throw error
  }
}

function inputErrors(
  { now, limits }: { now: Clock; limits: FestivalLimits },
  { fields, room, ticketTypes }: CreateFestivalInput,
): InputError[] {
  const { startsAt, endsAt } = fields
  const check = { now: now(), stage: 'draft', isSet: () => true } as const
  return [
    ...festivalErrors(fields),
    ...timesErrors({ startsAt, endsAt, room, ticketTypes }, check),
    ...ticketTypes.flatMap((type, i) =>
      ticketTypeErrors(type, limits).map((error) => ({
        ...error,
        pointer: `/ticketTypes/${i}${error.pointer}`,
      })),
    ),
  ]
}
