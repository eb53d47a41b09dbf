import type { Language } from '../../../shared/in-language.ts'

export type { Language }
/** Keeps a visitor's choice. Scripts may read it. */
export const LANGUAGE_COOKIE = 'naru-language'
export const LANGUAGES = ['ko', 'en'] as const satisfies readonly Language[]

/** A page's words in every language: the same keys, so that none can be missing. */
export type Translated<T> = Readonly<Record<Language, T>>

/** The English word that goes with a number, or with one as a page writes it. */
export function plural(number: number | string, one: string, other: string): string {
  return String(number) === '1' ? one : other
}

/** A text with its `{places}` filled in, where the text is sent to the browser and cannot be a function. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w{1,20})\}/g, (place, name: string) => String(values[name] ?? place))
}

/** Checks at compile time that both languages say the same things. */
export function translated<T>(texts: { en: T; ko: NoInfer<T> }): Translated<T> {
  return texts
}
