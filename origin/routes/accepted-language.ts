import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import { EMAIL_LANGUAGES, type EmailLanguage } from '../../shared/api/fields.ts'

/** The language in which a caller would like to read (RFC 9110, section 12.5.4). */
export function acceptedLanguage(c: Context, chosen: EmailLanguage | undefined): EmailLanguage {
  if (chosen !== undefined) return chosen
  const accepted = parseAccept(c.req.header('accept-language') ?? '').filter(({ q }) => q > 0)
  for (const { type } of accepted) {
    const [primary] = type.toLowerCase().split('-')
    const found = EMAIL_LANGUAGES.find((language) => language === primary)
    if (found !== undefined) return found
  }
  return 'en'
}
