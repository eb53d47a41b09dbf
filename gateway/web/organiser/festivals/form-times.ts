import type { AdminFestival } from '../../../../shared/api/admin-festivals.ts'
import {
  changedTimesErrors,
  errorsIn,
  type FestivalTimes,
  timesErrors,
} from '../../../../shared/api/festival-times.ts'
import type { InputError } from '../../../../shared/api/problem.ts'

type Body = Readonly<Record<string, unknown>>
type TypeTimes = FestivalTimes['ticketTypes'][number]

/** The errors in the times of a form that creates a festival, as far as they are readable. */
export function newTimesErrors(body: Body, now: number): InputError[] {
  const unknown = { startsAt: UNKNOWN, endsAt: UNKNOWN, room: UNKNOWN_ROOM, ticketTypes: [] }
  return timesErrors(withTimes(unknown, body), { now, stage: 'draft', isSet: () => true })
}

/**
 * The errors in the times of one form together with the stored ones, as the API reports them once everything else is
 * valid: organisers see all errors together. Pointers are relative to the form.
 *
 * @param form - festival, schedule, new-type, or a ticket type's ID
 */
export function formTimesErrors(
  form: string,
  body: Body,
  { festival, now }: { festival: AdminFestival; now: number },
): InputError[] {
  const before = timesOf(festival)
  const { published } = festival
  if (form === 'festival' || form === 'schedule') {
    const stage = published ? 'published' : 'draft'
    return changedTimesErrors(before, withTimes(before, body), { now, stage })
  }
  const known = festival.ticketTypes.findIndex(({ id }) => String(id) === form)
  const index = known === -1 ? before.ticketTypes.length : known
  const part = `/ticketTypes/${index}`
  const type = typeTimes(before.ticketTypes[index] ?? UNKNOWN_TYPE, body)
  const after = { ...before, ticketTypes: before.ticketTypes.toSpliced(index, 1, type) }
  const errors =
    known === -1
      ? timesErrors(after, {
          ...{ now, stage: published ? 'publishing' : 'draft' },
          isSet: (pointer) => pointer.startsWith(`${part}/`),
        })
      : changedTimesErrors(before, after, { now, stage: published ? 'published' : 'draft' })
  return errorsIn(part, errors)
}

const UNKNOWN = new Date(Number.NaN)
const UNKNOWN_ROOM = { lobbyAt: UNKNOWN, opensAt: UNKNOWN, closesAt: UNKNOWN }
const UNKNOWN_TYPE: TypeTimes = { name: '', saleFrom: UNKNOWN, saleTo: UNKNOWN, refundUntil: UNKNOWN }

function timesOf({ startsAt, endsAt, room, ticketTypes }: AdminFestival): FestivalTimes {
  return withTimes(
    {
      ...{ startsAt: UNKNOWN, endsAt: UNKNOWN, room: UNKNOWN_ROOM },
      ticketTypes: ticketTypes.map((type) => typeTimes(UNKNOWN_TYPE, type)),
    },
    { startsAt, endsAt, lobbyAt: room.lobbyAt, opensAt: room.opensAt, closesAt: room.closesAt },
  )
}

/** Times with a form's values in place of the stored ones; null, which stands for an unreadable value, is omitted. */
function withTimes(times: FestivalTimes, body: Body): FestivalTimes {
  const { room } = times
  return {
    startsAt: timeIn(body, 'startsAt') ?? times.startsAt,
    endsAt: timeIn(body, 'endsAt') ?? times.endsAt,
    room: {
      lobbyAt: timeIn(body, 'lobbyAt') ?? room.lobbyAt,
      opensAt: timeIn(body, 'opensAt') ?? room.opensAt,
      closesAt: timeIn(body, 'closesAt') ?? room.closesAt,
    },
    ticketTypes: times.ticketTypes,
  }
}

function typeTimes(type: TypeTimes, body: Body): TypeTimes {
  return {
    name: type.name,
    saleFrom: timeIn(body, 'saleFrom') ?? type.saleFrom,
    saleTo: timeIn(body, 'saleTo') ?? type.saleTo,
    refundUntil: timeIn(body, 'refundUntil') ?? type.refundUntil,
  }
}

function timeIn(body: Body, name: string): Date | undefined {
  const value = body[name]
  if (value === null) return UNKNOWN
  return typeof value === 'string' ? new Date(value) : undefined
}
