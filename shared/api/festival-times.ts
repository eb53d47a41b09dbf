import type { InputError } from './problem.ts'

/**
 * The times of a festival, of its room and of its ticket types, which are only valid together. An unknown time, an
 * invalid date, breaks no rule.
 */
export type FestivalTimes = {
  startsAt: Date
  endsAt: Date
  room: { lobbyAt: Date; opensAt: Date; closesAt: Date }
  ticketTypes: readonly { name: string; saleFrom: Date; saleTo: Date; refundUntil: Date }[]
}

/**
 * - `draft`      only organisers see it; what is not set yet need not fit
 * - `publishing` fans are about to see it
 * - `published`  fans see it, and it may have begun or be over: a sale may be ended by a time that has passed
 */
export type TimesStage = 'draft' | 'publishing' | 'published'

export type TimesCheck = {
  now: number
  stage: TimesStage
  /**
   * Whether the time at this JSON Pointer is being set. Only rules about such a time apply, so that a festival older
   * than a rule can still be changed in other ways.
   */
  isSet: (pointer: string) => boolean
}

const DAY_MS = 86_400_000
/** How long a festival may last. */
const FESTIVAL_DAYS_MAX = 366
/** How far from now a time may be set: anything further is a typing error. */
const TIME_DAYS_PAST_MAX = 366
const TIME_DAYS_AHEAD_MAX = 20 * 366

/** One relation between times; when it is broken, the first of its times that is being set has to be corrected. */
type Rule = { pointers: readonly string[]; isMet: boolean; code: string; detail: string }

/** The validation errors of these times together: at most one for each time, each with a stable code. */
export function timesErrors(times: FestivalTimes, check: TimesCheck): InputError[] {
  return errorsOf(brokenRules(times, check), check.isSet)
}

/**
 * The same for a change, where only times that differ are being set, unless `isSet` says otherwise. A relation that was
 * broken before is only reported for the time primarily at fault, so that others can still be corrected.
 */
export function changedTimesErrors(
  before: FestivalTimes,
  after: FestivalTimes,
  check: Omit<TimesCheck, 'isSet'> & Partial<Pick<TimesCheck, 'isSet'>>,
): InputError[] {
  const [was, is] = [timesByPointer(before), timesByPointer(after)]
  const differs = (pointer: string) => is[pointer]?.getTime() !== was[pointer]?.getTime()
  const brokenBefore = new Set(brokenRules(before, check).map(keyOf))
  const broken = brokenRules(after, check).map((each) =>
    brokenBefore.has(keyOf(each)) ? { ...each, pointers: each.pointers.slice(0, 1) } : each,
  )
  return errorsOf(broken, (pointer) => differs(pointer) && check.isSet?.(pointer) !== false)
}

function brokenRules(times: FestivalTimes, { now, stage }: Omit<TimesCheck, 'isSet'>): Rule[] {
  const byPointer = timesByPointer(times)
  const isUnknown = (pointer: string) => Number.isNaN(byPointer[pointer]?.getTime())
  return [
    ...festivalRules(times, now, stage),
    ...roomRules(times, now),
    ...times.ticketTypes.flatMap((type, i) => typeRules(times, type, `/ticketTypes/${i}`, now, stage)),
    ...Object.entries(byPointer).map(([pointer, at]) => distanceRule(pointer, at, now)),
  ].filter(({ isMet, pointers }) => !isMet && !pointers.some(isUnknown))
}

function errorsOf(broken: readonly Rule[], isSet: TimesCheck['isSet']): InputError[] {
  const errors = new Map<string, InputError>()
  for (const { pointers, code, detail } of broken) {
    const pointer = pointers.find(isSet)
    if (pointer === undefined) continue
    const known = errors.get(pointer)
    errors.set(
      pointer,
      known === undefined ? { pointer, detail, code } : { ...known, detail: `${known.detail}. ${detail}` },
    )
  }
  return [...errors.values()]
}

function keyOf({ code, pointers }: Rule): string {
  return `${code} ${pointers[0]}`
}

/** Errors as they point into a part of the festival's document, such as `/room`. */
export function errorsIn(part: string, errors: readonly InputError[]): InputError[] {
  return errors.map((error) => ({ ...error, pointer: error.pointer.replace(part, '') }))
}

function festivalRules({ startsAt, endsAt }: FestivalTimes, now: number, stage: TimesStage): Rule[] {
  const pointers = ['/endsAt', '/startsAt']
  const days = (endsAt.getTime() - startsAt.getTime()) / DAY_MS
  const hasBegun = stage === 'published' && startsAt.getTime() <= now
  return [
    rule('festival-ends-before-start', pointers, endsAt > startsAt, 'The festival ends after it begins'),
    rule(
      'festival-too-long',
      pointers,
      days <= FESTIVAL_DAYS_MAX,
      `A festival lasts at most ${FESTIVAL_DAYS_MAX} days`,
    ),
    rule('time-past', ['/endsAt'], endsAt.getTime() > now || hasBegun, 'The festival ends in the future'),
  ]
}

function roomRules({ endsAt, room }: FestivalTimes, now: number): Rule[] {
  const { lobbyAt, opensAt, closesAt } = room
  return [
    rule(
      'lobby-after-opening',
      ['/room/lobbyAt', '/room/opensAt'],
      lobbyAt <= opensAt,
      'The lobby begins no later than the room opens',
    ),
    rule(
      'closes-before-opening',
      ['/room/closesAt', '/room/opensAt'],
      closesAt > opensAt,
      'The room closes after it opens',
    ),
    rule(
      'closes-after-festival',
      ['/room/closesAt', '/endsAt'],
      closesAt <= endsAt,
      'The room closes no later than the festival ends',
    ),
    rule(
      'time-past',
      ['/room/closesAt'],
      closesAt.getTime() > now,
      'The room closes in the future; the phase `closed` closes it now',
    ),
  ]
}

function typeRules(
  { endsAt, room }: FestivalTimes,
  { name, saleFrom, saleTo, refundUntil }: FestivalTimes['ticketTypes'][number],
  type: string,
  now: number,
  stage: TimesStage,
): Rule[] {
  const [from, to, refund] = [`${type}/saleFrom`, `${type}/saleTo`, `${type}/refundUntil`]
  const sale = `The sale of ${name}`
  const isFuture = stage === 'published' || saleTo.getTime() > now
  const rules = [
    rule('sale-ends-before-start', [to, from], saleTo > saleFrom, `${sale} ends after it begins`),
    rule('sale-after-festival', [to, '/endsAt'], saleTo <= endsAt, `${sale} ends no later than the festival`),
    rule('time-past', [to], isFuture, `${sale} ends in the future`),
    rule(
      'refund-before-sale',
      [refund, from],
      refundUntil >= saleFrom,
      `The deadline to cancel ${name} is no earlier than its sale; at its beginning, nothing can be cancelled`,
    ),
    // Only where the deadline is being set: a festival that is moved forward keeps the deadline that fans bought with.
    rule(
      'refund-after-festival',
      [refund],
      !(refundUntil > endsAt),
      `The deadline to cancel ${name} is no later than the end of the festival`,
    ),
  ]
  if (stage === 'draft') return rules
  return [
    ...rules,
    rule(
      'sale-before-room',
      [to, '/room/opensAt'],
      saleTo > room.opensAt,
      `${sale} ends after the room opens`,
    ),
    rule(
      'sale-after-room',
      [from, '/room/closesAt'],
      saleFrom < room.closesAt,
      `${sale} begins before the room closes`,
    ),
  ]
}

function distanceRule(pointer: string, at: Date, now: number): Rule {
  const days = (at.getTime() - now) / DAY_MS
  const isNear = days >= -TIME_DAYS_PAST_MAX && days <= TIME_DAYS_AHEAD_MAX
  return rule('time-far', [pointer], isNear, 'A time is at most a year ago and at most 20 years ahead')
}

function rule(code: string, pointers: readonly string[], isMet: boolean, detail: string): Rule {
  return { code, pointers, isMet, detail }
}

function timesByPointer({ startsAt, endsAt, room, ticketTypes }: FestivalTimes): Record<string, Date> {
  const { lobbyAt, opensAt, closesAt } = room
  const types = ticketTypes.flatMap(({ saleFrom, saleTo, refundUntil }, i) =>
    Object.entries({ saleFrom, saleTo, refundUntil }).map(
      ([name, at]) => [`/ticketTypes/${i}/${name}`, at] as const,
    ),
  )
  return {
    ...{ '/startsAt': startsAt, '/endsAt': endsAt },
    ...{ '/room/lobbyAt': lobbyAt, '/room/opensAt': opensAt, '/room/closesAt': closesAt },
    ...Object.fromEntries(types),
  }
}
