import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import { LETTER_LANGUAGES, type LetterLanguage } from '../mail/account-letters.ts'

/** For callers that know better than their `Accept-Language`: a page whose reader has chosen a language. */
export const LetterLanguageSchema = z
  .enum(LETTER_LANGUAGES)
  .optional()
  .openapi({ description: 'Of the letter; otherwise as Accept-Language says' })

/** The language a caller would like a letter in (RFC 9110, section 12.5.4). */
export function letterLanguage(c: Context, chosen: LetterLanguage | undefined): LetterLanguage {
  if (chosen !== undefined) return chosen
  const accepted = parseAccept(c.req.header('accept-language') ?? '').filter(({ q }) => q > 0)
  for (const { type } of accepted) {
    const [primary] = type.toLowerCase().split('-')
    const found = LETTER_LANGUAGES.find((language) => language === primary)
    if (found !== undefined) return found
  }
  return 'en'
}
