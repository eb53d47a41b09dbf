import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { parseAccept } from 'hono/utils/accept'
import { LANGUAGE_COOKIE, LANGUAGES, type Language } from './translated.ts'

const FALLBACK: Language = 'en'

export type LanguageVariables = { language: Language }

/**
 * A visitor's language: what they chose before, else what their browser asks for (RFC 9110, section 12.5.4). Only the
 * switch keeps a choice, so that whoever never used it follows their browser.
 */
export function languageOf(chosen: string | undefined, acceptLanguage: string | undefined): Language {
  if (isLanguage(chosen)) return chosen
  for (const { type, q } of parseAccept(acceptLanguage ?? '')) {
    // `ko-KR` is served by `ko` (RFC 4647, section 3.4).
    const [language] = type.toLowerCase().split('-')
    if (q > 0 && isLanguage(language)) return language
  }
  return FALLBACK
}

/** Finds the language that a page is shown in. What keeps pages on the way must ask again, and know what they depend on. */
export const detectLanguage = createMiddleware<{ Variables: LanguageVariables }>(async (c, next) => {
  c.set('language', languageOf(getCookie(c, LANGUAGE_COOKIE), c.req.header('accept-language')))
  c.header('vary', 'accept-language, cookie')
  c.header('cache-control', 'no-cache')
  await next()
})

export function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value)
}
