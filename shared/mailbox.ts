/** The rules by which a mail provider delivers several addresses to one mailbox. */
type Spelling = {
  /** Domains of the same mailbox; the first one is the normal form. */
  domains: readonly [string, ...string[]]
  /** Characters that the provider ignores before the @. */
  ignored?: string
  /** A character that the provider treats as another one. */
  replaced?: readonly [from: string, to: string]
  /** The character that starts a tag, in addition to the plus. */
  separator?: string
  /** Mail to any subdomain of a user's name reaches that user. */
  hasSubdomains?: true
}

/**
 * Sources: Gmail Help "Dots don't matter in Gmail addresses"; Proton Support "Addresses and aliases" (dots, hyphens and
 * underscores, and its three domains); Apple Support HT201771 (mac.com, me.com, icloud.com); Daum Mail's help (hanmail.net
 * and daum.net are one mailbox); Yandex Support "Your email addresses" (its domains, and dots for hyphens); Fastmail Help
 * "Plus addressing and subdomain addressing". Plus tags (RFC 5233) are dropped at every domain.
 *
 * Who is proven keeps the form of the time: a change needs a migration of the `accounts.email_key` of proven accounts.
 */
const SPELLINGS: readonly Spelling[] = [
  { domains: ['gmail.com', 'googlemail.com'], ignored: '.' },
  { domains: ['proton.me', 'protonmail.com', 'pm.me'], ignored: '.-_' },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  { domains: ['daum.net', 'hanmail.net'] },
  {
    domains: ['yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.ua'],
    replaced: ['-', '.'],
  },
  { domains: ['fastmail.com'], hasSubdomains: true },
]

/**
 * Yahoo Help, "Disposable addresses": hundreds to a mailbox, `base-keyword`. No user name of Yahoo has a hyphen. Yahoo
 * Japan is another company.
 */
const YAHOO_DOMAINS: ReadonlySet<string> = new Set([
  ...['yahoo.com', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.uk', 'yahoo.com.au', 'yahoo.com.br', 'yahoo.com.hk'],
  ...[
    'yahoo.com.mx',
    'yahoo.com.sg',
    'yahoo.com.tw',
    'yahoo.de',
    'yahoo.es',
    'yahoo.fr',
    'yahoo.in',
    'yahoo.it',
  ],
  ...['ymail.com', 'rocketmail.com'],
])

/**
 * The normal form of a stored address: the same for all spellings that reach one mailbox. Only one account may have it,
 * so that tags and dots do not let one person count as several.
 */
export function mailboxKey(address: string): string {
  const written = splitAddress(address)
  const spelling = spellingOf(written.domain)
  const { local, domain } = spelling?.hasSubdomains === true ? withoutSubdomain(written, spelling) : written
  const tagged = spelling?.separator ?? '+'
  const end = [...local].findIndex((character) => character === '+' || character === tagged)
  const [from, to] = spelling?.replaced ?? ['', '']
  const stored = [...(end < 0 ? local : local.slice(0, end))]
    .filter((character) => !(spelling?.ignored ?? '').includes(character))
    .map((character) => (character === from ? to : character))
    .join('')
  // Addresses such as "+tag@…" or "...@gmail.com" would become empty, so they are left unchanged.
  return `${stored === '' ? local : stored}@${spelling?.domains[0] ?? domain}`
}

/** The two sides of an address; without an @ there is no local part. */
export function splitAddress(address: string): { local: string; domain: string } {
  const at = address.lastIndexOf('@')
  return { local: address.slice(0, Math.max(at, 0)), domain: address.slice(at + 1) }
}

function spellingOf(domain: string): Spelling | undefined {
  if (YAHOO_DOMAINS.has(domain)) return { domains: [domain], separator: '-' }
  return SPELLINGS.find(
    ({ domains, hasSubdomains }) =>
      domains.includes(domain) || (hasSubdomains === true && domain.endsWith(`.${domains[0]}`)),
  )
}

/** `anything@user.fastmail.com` is `user@fastmail.com`. */
function withoutSubdomain(written: { local: string; domain: string }, { domains: [domain] }: Spelling) {
  if (written.domain === domain) return written
  const user =
    written.domain
      .slice(0, -domain.length - 1)
      .split('.')
      .at(-1) ?? written.local
  return { local: user, domain }
}
