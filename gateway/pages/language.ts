import { languageDetector } from 'hono/language'
import { LANGUAGES, type Language } from './translated.ts'

export const LANGUAGE_COOKIE = 'naru-language'
const FALLBACK: Language = 'en'

/** Finds a visitor's language: what they chose before, else what their browser asks for (RFC 9110, section 12.5.4). */
export const detectLanguage = languageDetector({
  order: ['cookie', 'header'],
  lookupCookie: LANGUAGE_COOKIE,
  supportedLanguages: [...LANGUAGES],
  fallbackLanguage: FALLBACK,
  // Only the switch writes the cookie, so that whoever never used it follows their browser.
  caches: false,
})

export function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value)
}
