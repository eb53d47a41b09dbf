import type { Language } from '../../../shared/in-language.ts'

export type { Language }
/** Stores a visitor's choice. Scripts may read it. */
export const LANGUAGE_COOKIE = 'naru-language'
export const LANGUAGES = ['ko', 'en'] as const satisfies readonly Language[]

/** A page's texts in every language, with the same keys, so that none can be missing. */
export type Translated<T> = Readonly<Record<Language, T>>

/** The English word for a number, or for one formatted by a page. */
export function plural(number: number | string, one: string, other: string): string {
  return String(number) === '1' ? one : other
}

/** A text with its `{places}` filled in, for texts sent to the browser, which cannot be functions. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w{1,20})\}/g, (place, name: string) => String(values[name] ?? place))
}

/** Checks at compile time that both languages have the same keys. */
export function translated<T>(texts: { en: T; ko: NoInfer<T> }): Translated<T> {
  return texts
}
