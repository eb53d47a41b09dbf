import type { Language } from './translated.ts'

/** What an instant or a number is written for, by the server and by the browser alike. */
export const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' }

const FORMATS_MAX = 1000

const currencyFormat = /* @__PURE__ */ remembered(
  (language: Language, currency: string) =>
    new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency }),
)
const countFormat = /* @__PURE__ */ remembered(
  (language: Language) => new Intl.NumberFormat(LOCALES[language]),
)
const dayFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'Asia/Seoul' }),
)
const momentFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...{ year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' },
      timeZone: 'Asia/Seoul',
      timeZoneName: 'short',
    }),
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

/** An amount in the currency's minor unit as people write it: `₩180,000`. */
export function money(amountMinor: number, currency: string, language: Language): string {
  const format = currencyFormat(language, currency)
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

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

/** A minute with the time zone it is in, until the browser shows its own. */
export function moment(instant: string, language: Language): string {
  return momentFormat(language).format(new Date(instant))
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

/** Making a format takes a hundred times as long as using it, and there are few: languages, and organisers' currencies. */
function remembered<K extends readonly string[], F>(make: (...names: K) => F): (...names: K) => F {
  const known = new Map<string, F>()
  return (...names) => {
    const name = names.join(' ')
    const found = known.get(name)
    if (found !== undefined) return found
    if (known.size >= FORMATS_MAX) known.clear()
    const made = make(...names)
    known.set(name, made)
    return made
  }
}
