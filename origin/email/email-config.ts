import type { z } from 'zod'
import { isLoopback } from '../../shared/http/public-url.ts'
import { type Rule, text, variable } from '../../shared/runtime/env.ts'

/** How e-mails are sent. With `none`, no e-mails are sent and requests that need one get 503. */
export type EmailConfig =
  | { way: 'smtp'; url: string; from: string }
  | { way: 'folder'; folder: string }
  | { way: 'none' }

export const EMAIL_VARIABLES = {
  EMAIL_URL: variable('an smtp or smtps URL', (raw) => (isSmtpUrl(raw) ? raw : undefined))
    .optional()
    .meta({
      description:
        'The mail server. Without it no e-mails are sent, and neither passwords can be reset nor addresses confirmed.',
      example: 'smtps://user:password@mail.example.org:465',
    }),
  EMAIL_FROM: text().optional().meta({
    description: 'The sender of e-mails. By default `Naru <no-reply@…>` at the host of `GATEWAY_PUBLIC_URL`.',
    example: 'Tickets <tickets@example.org>',
  }),
  EMAIL_FOLDER: text().optional().meta({
    description:
      'For development: a folder that e-mails are written to instead, which `/mail` shows. Refused with `EMAIL_URL`, and where `GATEWAY_PUBLIC_URL` is not of this machine, because the e-mails give access to accounts.',
    example: '.data/mail',
  }),
}

type EmailVariables = z.output<z.ZodObject<typeof EMAIL_VARIABLES>>

export const EMAIL_RULES: readonly Rule<EmailVariables & { GATEWAY_PUBLIC_URL: string }>[] = [
  {
    names: ['EMAIL_FOLDER', 'EMAIL_URL', 'GATEWAY_PUBLIC_URL'],
    holds: ({ EMAIL_FOLDER, EMAIL_URL, GATEWAY_PUBLIC_URL }) =>
      EMAIL_FOLDER === undefined ||
      (EMAIL_URL === undefined && isLoopback(new URL(GATEWAY_PUBLIC_URL).hostname)),
    message: 'must be left out where EMAIL_URL is set, and where GATEWAY_PUBLIC_URL is not of this machine',
  },
]

export function emailConfigOf(
  { EMAIL_URL, EMAIL_FOLDER, EMAIL_FROM }: EmailVariables,
  publicUrl: string,
): EmailConfig {
  if (EMAIL_URL !== undefined) {
    const from = EMAIL_FROM ?? `Naru <no-reply@${new URL(publicUrl).hostname}>`
    return { way: 'smtp', url: EMAIL_URL, from }
  }
  return EMAIL_FOLDER === undefined ? { way: 'none' } : { way: 'folder', folder: EMAIL_FOLDER }
}

function isSmtpUrl(raw: string): boolean {
  return /^smtps?:$/.test(URL.parse(raw)?.protocol ?? '')
}
