import { remembered } from './runtime/remembered.ts'

/** A festival's time zone: its name in the IANA database. */
export type InZone = { timeZone: string }

/** The local date and time of an instant in a time zone. */
export type LocalParts = {
  year: number
  /** From 1. */
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const MINUTE_MS = 60_000
/** Since 2023, clocks everywhere are changed at a full quarter of an hour (IANA database 2026c; Casey was the last). */
const QUARTER_MS = 900_000
const CHANGES_BY_QUARTERS_FROM_MS = Date.UTC(2023, 0)
const DAY_MS = 86_400_000

const localFormat = /* @__PURE__ */ remembered(
  (timeZone: string) =>
    new Intl.DateTimeFormat('en', {
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
      timeZone,
    }),
)

/** The name of a time zone as the database spells it, or undefined when there is none: offsets are not time zones. */
export function readTimeZone(name: string): string | undefined {
  if (!/^[A-Za-z][\w+/-]{1,63}$/.test(name)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone
  } catch {
    return undefined
  }
}

export function localParts(ms: number, timeZone: string): LocalParts {
  const local = new Date(ms + aheadMs(ms, timeZone))
  return {
    ...{ year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() },
    ...{ hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds() },
  }
}

/** The zone's offset from UTC at an instant, in milliseconds. */
function aheadMs(ms: number, timeZone: string): number {
  if (ms < CHANGES_BY_QUARTERS_FROM_MS) return formattedAheadMs(ms, timeZone)
  return aheadOfQuarter(timeZone, String(Math.floor(ms / QUARTER_MS)))
}

/** Formatting an instant takes ten times as long as the rest of rendering it, and pages have hundreds of them. */
const aheadOfQuarter = /* @__PURE__ */ remembered((timeZone: string, quarter: string) =>
  formattedAheadMs(Number(quarter) * QUARTER_MS, timeZone),
)

function formattedAheadMs(ms: number, timeZone: string): number {
  const parts = new Map(
    localFormat(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return local - Math.floor(ms / 1000) * 1000
}

/** An instant in the zone's own time with its offset (ISO 8601): `2027-11-06T22:00:00-04:00`. */
export function withOffset(instant: string | Date, timeZone: string): string {
  const ms = new Date(instant).getTime()
  const minutes = Math.round(aheadMs(ms, timeZone) / MINUTE_MS)
  const local = new Date(ms + minutes * MINUTE_MS).toISOString().replace(/(?:\.000)?Z$/, '')
  const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${local}${minutes < 0 ? '-' : '+'}${twoDigits(hour)}:${twoDigits(minute)}`
}

/**
 * The instants at which the zone's clocks show a local time, earliest first: one as a rule, two when clocks are put back,
 * none when they are put forward.
 *
 * @param local - the local time as if it were in UTC
 */
export function instantsOf(local: number, timeZone: string): number[] {
  return aheadAround(local, timeZone)
    .map((ahead) => local - ahead)
    .filter((ms) => ms + aheadMs(ms, timeZone) === local)
}

/** For a local time that the clocks jump over: the same time by the clocks before the jump and by those after it. */
export function aroundGap(local: number, timeZone: string): [earlier: number, later: number] {
  const [before = 0, after = 0] = [aheadMs(local - DAY_MS, timeZone), aheadMs(local + DAY_MS, timeZone)]
  return [local - after, local - before]
}

/** Whether the zone's clocks show the same time twice, so that only its offset tells which one is meant. */
export function isRepeated(ms: number, timeZone: string): boolean {
  const second = Math.floor(ms / 1000) * 1000
  return instantsOf(second + aheadMs(second, timeZone), timeZone).length > 1
}

/** The zone's offset on the day before a local time and on the day after: it decreases when clocks are put back. */
function aheadAround(local: number, timeZone: string): number[] {
  return [...new Set([local - DAY_MS, local + DAY_MS].map((ms) => aheadMs(ms, timeZone)))].filter(
    Number.isFinite,
  )
}

export function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
