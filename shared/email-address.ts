import { domainToASCII, domainToUnicode } from 'node:url'
import { splitAddress } from './mailbox.ts'

/** RFC 5321, section 4.5.3.1, and its erratum 1690: the maximum length of an address that can be mailed to. */
export const EMAIL_CHARACTERS_MAX = 254
const LOCAL_CHARACTERS_MAX = 64

/** As for HTML's `type=email`: some mobile carriers issue addresses with consecutive dots, or a dot before the @. */
const LOCAL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+$/
/** Characters that a domain in any script may contain, before it is converted to ASCII. */
const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const LABEL_CHARACTERS_MAX = 63

/**
 * An e-mail address as it is stored and mailed to: lower case, the domain in its ASCII form (RFC 5890). Undefined for
 * an invalid address. The part before the @ must be ASCII: few servers accept anything else (RFC 6531).
 */
export function parseEmailAddress(raw: string): string | undefined {
  const text = raw.trim()
  if (text.length > EMAIL_CHARACTERS_MAX) return undefined
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0)).toLowerCase()
  const written = text.slice(at + 1)
  if (local.length > LOCAL_CHARACTERS_MAX || !LOCAL.test(local) || !WRITTEN_DOMAIN.test(written))
    return undefined
  const domain = domainToASCII(written).toLowerCase()
  if (!isDomain(domain)) return undefined
  const address = `${local}@${domain}`
  return address.length > EMAIL_CHARACTERS_MAX ? undefined : address
}

/** Normalises part of an address, as organisers search for it, to the stored form: lower case only. */
export function normalizeEmail(email: string): string {
  return parseEmailAddress(email) ?? email.trim().toLowerCase()
}

/** An address for display: the domain in its own script. */
export function displayEmail(address: string): string {
  const { local, domain } = splitAddress(address)
  return `${local}@${domainToUnicode(domain) || domain}`
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.')
  if (labels.length < 2 || labels.some((label) => label.length > LABEL_CHARACTERS_MAX || !LABEL.test(label)))
    return false
  return /[a-z]/.test(labels.at(-1) ?? '')
}
