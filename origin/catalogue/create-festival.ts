import type { Database } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import type { Clock } from '../../shared/clock.ts'
import type { InputError } from '../../shared/problem.ts'
import { recordChange } from '../audit/record-change.ts'
import {
  type FestivalFields,
  type FestivalLimits,
  festivalFaults,
  type Refusal,
  type TicketTypeFields,
  ticketTypeFaults,
  tooMuchTogether,
} from './festival-rules.ts'
import { insertFestival, type NewFestival } from './make-festival.ts'
import { type FestivalStanding, readChanged } from './read-festivals.ts'

export type CreateFestivalInput = {
  id: string
  account: string
  fields: FestivalFields
  room: NewFestival['room']
  ticketTypes: TicketTypeFields[]
}

export type CreateFestivalResult =
  | { status: 'created'; festival: FestivalStanding }
  | { status: 'id-taken' }
  | Refusal

/** Makes a festival that only organisers see until it is published. Of two with one ID at once, one is made. */
export async function createFestival(
  deps: { db: Database; now: Clock; limits: FestivalLimits },
  { id, account, fields, room, ticketTypes }: CreateFestivalInput,
): Promise<CreateFestivalResult> {
  const errors = faultsOf(deps.limits, { fields, room, ticketTypes })
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
  try {
    return await deps.db.transaction(async (tx) => {
      await insertFestival(tx, deps.now, made)
      await recordChange(tx, {
        at: new Date(deps.now()),
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

function faultsOf(
  limits: FestivalLimits,
  { fields, room, ticketTypes }: Pick<CreateFestivalInput, 'fields' | 'room' | 'ticketTypes'>,
): InputError[] {
  return [
    ...festivalFaults(fields),
    ...(room.lobbyAt > room.opensAt
      ? [{ pointer: '/room/lobbyAt', detail: 'The lobby begins no later than the room opens' }]
      : []),
    ...(room.opensAt >= room.closesAt
      ? [{ pointer: '/room/closesAt', detail: 'The room closes after it opens' }]
      : []),
    ...ticketTypes.flatMap((type, i) =>
      ticketTypeFaults(type, limits).map(({ pointer, detail }) => ({
        pointer: `/ticketTypes/${i}${pointer}`,
        detail,
      })),
    ),
  ]
}
