import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { parseAccept } from 'hono/utils/accept'
import { LANGUAGE_COOKIE, LANGUAGES, type Language } from './translated.ts'

const FALLBACK: Language = 'en'

export type LanguageVariables = { language: Language }

/**
 * A visitor's language: their choice, or else what their browser requests (RFC 9110, section 12.5.4). Only the switch
 * stores a choice, so that other visitors follow their browser.
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

/** Determines a page's language. Caches must revalidate pages, and vary them by the headers they depend on. */
export const detectLanguage = createMiddleware<{ Variables: LanguageVariables }>(async (c, next) => {
  c.set('language', languageOf(getCookie(c, LANGUAGE_COOKIE), c.req.header('accept-language')))
  c.header('vary', 'accept-language, cookie')
  c.header('cache-control', 'no-cache')
  await next()
})

export function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value)
}
