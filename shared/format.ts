import type { Language } from './in-language.ts'
import { remembered } from './runtime/remembered.ts'
import { type InZone, isRepeated, type LocalParts, localParts, twoDigits } from './zoned-time.ts'

/** Locale-aware formatters of instants and numbers, used by both server and browser. */
export const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' }

const currencyFormat = /* @__PURE__ */ remembered(
  (language: Language, currency: string) =>
    new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency }),
)
const weekdayFormat = /* @__PURE__ */ remembered(
  (language: Language, timeZone: string) =>
    new Intl.DateTimeFormat(LOCALES[language], { weekday: 'short', timeZone }),
)
const monthFormat = /* @__PURE__ */ remembered(
  (language: Language, timeZone: string) =>
    new Intl.DateTimeFormat(LOCALES[language], { month: 'long', timeZone }),
)
const zoneFormat = /* @__PURE__ */ remembered(
  (language: Language, timeZone: string, timeZoneName: 'shortGeneric' | 'longGeneric' | 'long') =>
    new Intl.DateTimeFormat(LOCALES[language], { timeZone, timeZoneName }),
)

const numberFormat = /* @__PURE__ */ remembered(
  (language: Language) => new Intl.NumberFormat(LOCALES[language]),
)

/** An amount in the currency's minor unit as people write it: `₩180,000`, and `180,000원` in Korean. */
export function money(amountMinor: number, currency: string, language: Language): string {
  // Intl lacks this form: it writes ₩180,000, or 180,000 대한민국 원.
  if (language === 'ko' && currency === 'KRW') return `${numberFormat(language).format(amountMinor)}원`
  return currencyFormat(language, currency).format(amountMinor / 10 ** minorDigits(currency))
}

/** How many decimals amounts of a currency have: 2 of dollars, none of won. */
export function minorDigits(currency: string): number {
  return currencyFormat('en', currency).resolvedOptions().maximumFractionDigits ?? 2
}

/** A minute in a time zone, for a page that names the zone elsewhere: `Sat 5 June 2027, 10:00`. */
export function moment(instant: string, zone: InZone, language: Language): string {
  const time = `${calendarDay(instant, zone, language)}${language === 'ko' ? ' ' : ', '}${clock(instant, zone)}`
  return isTwice(instant, zone) ? `${time} (${zoneName(instant, zone, language)})` : time
}

/** The same with the name of the zone: `Sat 5 June 2027, 10:00 (New York time)`. */
export function momentInZone(instant: string, zone: InZone, language: Language): string {
  const time = moment(instant, zone, language)
  return isTwice(instant, zone) ? time : `${time} (${zoneName(instant, zone, language)})`
}

/** A day in a time zone: `Sat 5 June 2027`, `2027.06.05(토)`. */
export function day(instant: string, zone: InZone, language: Language): string {
  return calendarDay(instant, zone, language)
}

/** A time of day to the minute: `22:00`. */
export function clock(instant: string, { timeZone }: InZone): string {
  const { hour, minute } = localParts(Date.parse(instant), timeZone)
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

/** The same with the name of the zone: `22:00 (New York time)`. */
export function clockInZone(instant: string, zone: InZone, language: Language): string {
  return `${clock(instant, zone)} (${zoneName(instant, zone, language)})`
}

/**
 * The days of a festival: `Sat 5 – Sun 6 June 2027`, `2027.06.05(토) – 06.06(일)`, and one day as one date. A night
 * belongs to the day that it begins on: the previous day lasts until 6 in the morning.
 */
export function days(from: string, to: string, zone: InZone, language: Language): string {
  const last = lastDay(from, to, zone)
  const [first, end] = [partsOf(from, zone), partsOf(last, zone)]
  if (isSameDay(first, end)) return calendarDay(from, zone, language)
  // The common part of both days is written once: in Korean with the first, in English with the last.
  const isYearShared = first.year === end.year
  const isMonthShared = isYearShared && first.month === end.month
  const [begins, ends]: [Shown, Shown] =
    language === 'ko'
      ? ['year', isYearShared ? 'month' : 'year']
      : [isMonthShared ? 'day' : isYearShared ? 'month' : 'year', 'year']
  return `${calendarDay(from, zone, language, begins)} – ${calendarDay(last, zone, language, ends)}`
}

/** The days of a festival with the times at which it begins and ends: `Sat 5 June 2027, 18:00 – 23:00`. */
export function period(from: string, to: string, zone: InZone, language: Language): string {
  const isOneDay = isSameDay(partsOf(from, zone), partsOf(lastDay(from, to, zone), zone))
  const isOrdinary = !isTwice(from, zone) && !isTwice(to, zone)
  return `${moment(from, zone, language)} – ${isOneDay && isOrdinary ? clock(to, zone) : moment(to, zone, language)}`
}

/** The display name of a time zone; at an instant whose clock time occurs twice, the name that tells the two apart. */
export function zoneName(instant: string, zone: InZone, language: Language): string {
  const { timeZone } = zone
  if (timeZone === 'UTC') return 'UTC'
  const name = (style: 'shortGeneric' | 'longGeneric' | 'long') =>
    zoneFormat(language, timeZone, style)
      .formatToParts(new Date(instant))
      .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
  if (isTwice(instant, zone)) return name('long')
  const short = name('shortGeneric')
  // Abbreviations such as CET are valid for half of the year only.
  const words = /^[A-Z]{2,5}$/.test(short) ? name('longGeneric') : short
  return words.replace(/ Time$/, ' time')
}

/** Whether clocks show the instant's time twice because they are put back. */
function isTwice(instant: string, { timeZone }: InZone): boolean {
  return isRepeated(Date.parse(instant), timeZone)
}

function partsOf(instant: string, { timeZone }: InZone): LocalParts {
  return localParts(Date.parse(instant), timeZone)
}

function isSameDay(one: LocalParts, other: LocalParts): boolean {
  return one.year === other.year && one.month === other.month && one.day === other.day
}

const NIGHT_ENDS_HOUR = 6
const HOUR_MS = 3_600_000

/** An instant of the day that a festival's end belongs to; never of a day before it begins. */
function lastDay(from: string, to: string, zone: InZone): string {
  const { hour, minute } = partsOf(to, zone)
  const isNight = hour < NIGHT_ENDS_HOUR || (hour === NIGHT_ENDS_HOUR && minute === 0)
  if (!isNight) return to
  // Subtract one more hour than the clock shows, since clocks may have been put back in that night.
  const evening = Date.parse(to) - (hour + 2) * HOUR_MS
  if (evening > Date.parse(from)) return new Date(evening).toISOString()
  return isSameDay(partsOf(from, zone), partsOf(to, zone)) ? to : from
}

type Shown = 'day' | 'month' | 'year'

function calendarDay(instant: string, zone: InZone, language: Language, shown: Shown = 'year'): string {
  const { year, month, day: number } = partsOf(instant, zone)
  const weekday = weekdayFormat(language, zone.timeZone).format(new Date(instant))
  if (language === 'ko') {
    const date = `${twoDigits(month)}.${twoDigits(number)}(${weekday})`
    return shown === 'year' ? `${year}.${date}` : date
  }
  if (shown === 'day') return `${weekday} ${number}`
  const date = `${weekday} ${number} ${monthFormat(language, zone.timeZone).format(new Date(instant))}`
  return shown === 'year' ? `${date} ${year}` : date
}
