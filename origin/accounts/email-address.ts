import { getDomain } from 'tldts-icann'
import { splitAddress } from '../../shared/mailbox.ts'
import { LARGE_MAIL_PROVIDERS } from './mail-providers.ts'

/**
 * What a room may limit chances by: the registered domain of an address, since whoever owns one has as many addresses
 * as they like; '' at a large provider. Free subdomains (`name.duckdns.org`) count as the domain that gives them out.
 */
export function mailGroup(address: string): string {
  const { domain } = splitAddress(address)
  const registered = getDomain(domain) ?? domain
  return LARGE_MAIL_PROVIDERS.has(registered) ? '' : registered
}
