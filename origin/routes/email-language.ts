import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import { Problem } from '../../shared/problem.ts'
import { EMAIL_LANGUAGES, type EmailLanguage } from '../email/message.ts'

/** For callers that know better than their `Accept-Language`: a page whose reader has chosen a language. */
export const EmailLanguageSchema = z
  .enum(EMAIL_LANGUAGES)
  .optional()
  .openapi({ description: 'Of the e-mail; otherwise as Accept-Language says' })

/** The language a caller would like an e-mail in (RFC 9110, section 12.5.4). */
export function emailLanguage(c: Context, chosen: EmailLanguage | undefined): EmailLanguage {
  if (chosen !== undefined) return chosen
  const accepted = parseAccept(c.req.header('accept-language') ?? '').filter(({ q }) => q > 0)
  for (const { type } of accepted) {
    const [primary] = type.toLowerCase().split('-')
    const found = EMAIL_LANGUAGES.find((language) => language === primary)
    if (found !== undefined) return found
  }
  return 'en'
}

const FULL_RETRY_SECONDS = 30

/** Why an e-mail that was asked for is not sent: too many wait, or this site sends none. */
export function emailRefused(status: 'full' | 'off'): Problem {
  if (status === 'off') return new Problem('unavailable', 'This site sends no e-mails')
  return new Problem('busy', 'Many e-mails are waiting', { retryAfterSeconds: FULL_RETRY_SECONDS })
}
