import type { EnvReader } from '../../shared/env.ts'

/** How letters leave. Without either way none do, and whoever asks for one is told so. */
export type MailConfig =
  | { way: 'smtp'; url: string; from: string }
  | { way: 'folder'; folder: string }
  | { way: 'none' }

/**
 * @param publicUrl - where people reach the gateway. Letters in a folder are shown on a page and open accounts, so a
 *   folder is only for a site that is of this machine
 */
export function readMailConfig(read: EnvReader, publicUrl: string): MailConfig {
  const url = read.parsed('MAIL_URL', {
    rule: 'an smtp or smtps URL',
    default: '',
    parse: (raw) => (raw === '' || isSmtpUrl(raw) ? raw : undefined),
  })
  const folder = read.parsed('MAIL_FOLDER', {
    rule: 'left out where MAIL_URL is set, and where GATEWAY_PUBLIC_URL is not of this machine',
    default: '',
    parse: (raw) => (raw === '' || (url === '' && isOfThisMachine(publicUrl)) ? raw : undefined),
  })
  const from = read.text('MAIL_FROM', { default: `Naru <no-reply@${new URL(publicUrl).hostname}>` })
  if (url !== '') return { way: 'smtp', url, from }
  return folder === '' ? { way: 'none' } : { way: 'folder', folder }
}

function isSmtpUrl(raw: string): boolean {
  return /^smtps?:$/.test(URL.parse(raw)?.protocol ?? '')
}

function isOfThisMachine(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
