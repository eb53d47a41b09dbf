export const LANGUAGES = ['ko', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** A page's words in every language: the same keys, so that none can be missing. */
export type Translated<T> = Readonly<Record<Language, T>>

/** Checks at compile time that both languages say the same things. */
export function translated<T>(texts: { en: T; ko: NoInfer<T> }): Translated<T> {
  return texts
}
