import { getDomain } from 'tldts-icann'
import { splitAddress } from '../../shared/mailbox.ts'
import { LARGE_MAIL_PROVIDERS } from './mail-providers.ts'

/**
 * What a room may limit chances by: the registered domain of an address, since the owner of a domain has any number of
 * addresses; '' at a large provider. Free subdomains (`name.duckdns.org`) count as the domain that provides them.
 */
export function mailGroup(address: string): string {
  const { domain } = splitAddress(address)
  const registered = getDomain(domain) ?? domain
  return LARGE_MAIL_PROVIDERS.has(registered) ? '' : registered
}
