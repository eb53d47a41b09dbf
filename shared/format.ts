type Language = 'ko' | 'en'

/** What an instant or a number is written for, by the server and by the browser alike. */
export const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' }

const FORMATS_MAX = 1000

const currencyFormat = /* @__PURE__ */ remembered(
  (language: Language, currency: string) =>
    new Intl.NumberFormat(LOCALES[language], { style: 'currency', currency }),
)
const momentFormat = /* @__PURE__ */ remembered(
  (language: Language) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...{ year: 'numeric', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit' },
      timeZone: 'Asia/Seoul',
      timeZoneName: 'short',
    }),
)
/** An amount in the currency's minor unit as people write it: `₩180,000`. */
export function money(amountMinor: number, currency: string, language: Language): string {
  const format = currencyFormat(language, currency)
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** A minute with the time zone it is in, until the browser shows its own. */
export function moment(instant: string, language: Language): string {
  return momentFormat(language).format(new Date(instant))
}

/** Making a format takes a hundred times as long as using it, and there are few: languages, and organisers' currencies. */
export function remembered<K extends readonly string[], F>(make: (...names: K) => F): (...names: K) => F {
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
