import { isLoopback } from '../../shared/http/public-url.ts'
import type { EnvReader } from '../../shared/runtime/env.ts'

/** How e-mails are sent. Without either way none are, and callers that ask for one get 503. */
export type EmailConfig =
  | { way: 'smtp'; url: string; from: string }
  | { way: 'folder'; folder: string }
  | { way: 'none' }

/**
 * @param publicUrl - where people reach the gateway. E-mails in a folder are shown on a page and open accounts, so a
 *   folder is only for a site that is of this machine
 */
export function readEmailConfig(read: EnvReader, publicUrl: string): EmailConfig {
  const url = read.parsed('MAIL_URL', {
    rule: 'an smtp or smtps URL',
    default: '',
    parse: (raw) => (raw === '' || isSmtpUrl(raw) ? raw : undefined),
  })
  const folder = read.parsed('MAIL_FOLDER', {
    rule: 'left out where MAIL_URL is set, and where GATEWAY_PUBLIC_URL is not of this machine',
    default: '',
    parse: (raw) => (raw === '' || (url === '' && isLoopback(new URL(publicUrl).hostname)) ? raw : undefined),
  })
  const from = read.text('MAIL_FROM', { default: `Naru <no-reply@${new URL(publicUrl).hostname}>` })
  if (url !== '') return { way: 'smtp', url, from }
  return folder === '' ? { way: 'none' } : { way: 'folder', folder }
}

function isSmtpUrl(raw: string): boolean {
  return /^smtps?:$/.test(URL.parse(raw)?.protocol ?? '')
}
