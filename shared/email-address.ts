import { domainToASCII, domainToUnicode } from 'node:url'
import { splitAddress } from './mailbox.ts'

/** RFC 5321, section 4.5.3.1, and its erratum 1690: the longest address that can be mailed to. */
export const EMAIL_CHARACTERS_MAX = 254
const LOCAL_CHARACTERS_MAX = 64

/** As HTML's `type=email` has it: some carriers give out addresses with dots in a row, or one before the @. */
const LOCAL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+$/
/** What a domain may be written with in any script, before it is turned into ASCII. */
const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const LABEL_CHARACTERS_MAX = 63

/**
 * An e-mail address as it is stored and mailed to: lower case, the domain in its ASCII form (RFC 5890). Undefined for
 * what is none. What stands before the @ is ASCII: few servers take anything else (RFC 6531).
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

/** Addresses are compared as they are stored; a part of one, as organisers search by, only in lower case. */
export function normalizeEmail(email: string): string {
  return parseEmailAddress(email) ?? email.trim().toLowerCase()
}

/** An address for people to read: the domain in its own script. */
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
