import { LOCALES } from '../../../shared/format.ts'
import { remembered } from '../../../shared/runtime/remembered.ts'
import type { InZone } from '../../../shared/zoned-time.ts'
import type { Language } from '../i18n/translated.ts'

const countFormat = /* @__PURE__ */ remembered(
  (language: Language) => new Intl.NumberFormat(LOCALES[language]),
)
const secondFormat = /* @__PURE__ */ remembered(
  (language: Language, timeZone: string) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
      hourCycle: 'h23',
      timeZone,
    }),
)

export function count(value: number, language: Language): string {
  return countFormat(language).format(value)
}

/** A file size limit in a familiar unit, never rounded up: `8.3 MB`. */
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

/** A duration in the largest unit that fits: `10 minutes`. */
export function duration(ms: number, language: Language): string {
  const [unit, length] = DURATIONS.find(([, each]) => ms >= each) ?? ['second', SECOND_MS]
  const format = new Intl.NumberFormat(LOCALES[language], {
    ...{ style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 },
  })
  return format.format(ms / length)
}

/** A time of day to the second, in a time zone. */
export function clockToSecond(ms: number, { timeZone }: InZone, language: Language): string {
  return secondFormat(language, timeZone).format(new Date(ms))
}
