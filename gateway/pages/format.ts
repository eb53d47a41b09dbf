import { LOCALES, remembered } from '../../shared/format.ts'
import type { Language } from './translated.ts'

const countFormat = /* @__PURE__ */ remembered(
  (language: Language) => new Intl.NumberFormat(LOCALES[language]),
)
const dayFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'Asia/Seoul' }),
)
const clockFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...{ hour: 'numeric', minute: '2-digit' },
      timeZone: 'Asia/Seoul',
      timeZoneName: 'short',
    }),
)
const localClockFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
      hourCycle: 'h23',
    }),
)

export function count(value: number, language: Language): string {
  return countFormat(language).format(value)
}

/** How large a file may be, in the unit that people know files by, and never more than it is: `8.3 MB`. */
export function fileSize(bytes: number, language: Language): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte']
  const format = new Intl.NumberFormat(LOCALES[language], { style: 'unit', unit })
  return format.format(Math.floor(value * 10) / 10)
}

const SECOND_MS = 1000
/** Units of a duration with their lengths, the longest first. */
const DURATIONS = [
  ['day', 86_400 * SECOND_MS],
  ['hour', 3600 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
  ['second', SECOND_MS],
] as const

/** How long something lasts, in the largest unit that it fills: `10 minutes`. */
export function duration(ms: number, language: Language): string {
  const [unit, length] = DURATIONS.find(([, each]) => ms >= each) ?? ['second', SECOND_MS]
  const format = new Intl.NumberFormat(LOCALES[language], {
    ...{ style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 },
  })
  return format.format(ms / length)
}

/** A day where the server is told to be; browsers put their own time zone in its place (`browser/times.ts`). */
export function day(instant: string, language: Language): string {
  return dayFormat(language).format(new Date(instant))
}

/** A time of day, to the minute, with the time zone it is in. */
export function clockTime(instant: string, language: Language): string {
  return clockFormat(language).format(new Date(instant))
}

/** A minute in the time zone of whoever looks, for browsers. */
export function localMoment(instant: string, language: Language): string {
  return new Date(instant).toLocaleString(LOCALES[language], { dateStyle: 'long', timeStyle: 'short' })
}

/** A time of day to the second, likewise. */
export function localClock(ms: number, language: Language): string {
  return localClockFormat(language).format(new Date(ms))
}
