import type { Language } from './translated.ts'

/** What an instant or a number is written for, by the server and by the browser alike. */
export const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' }

/** An amount in the currency's minor unit as people write it: `₩180,000`. */
export function money(amountMinor: number, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency })
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

export function count(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language]).format(value)
}

/** A day where the server is told to be; browsers put their own time zone in its place (`browser/times.ts`). */
export function day(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'Asia/Seoul' }).format(
    new Date(instant),
  )
}

/** A minute with the time zone it is in, until the browser shows its own. */
export function moment(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    ...{ year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' },
    timeZone: 'Asia/Seoul',
    timeZoneName: 'short',
  }).format(new Date(instant))
}
