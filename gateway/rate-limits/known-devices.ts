import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { isCanonicalBase64url } from '../../shared/tokens/base64url.ts'
import { writtenForm } from './login-attempts.ts'

/**
 * Tells devices on which a proven account was signed in before, by a cookie that gives nothing but attempts of its own.
 */
export type KnownDevices = {
  /** The device's ID, when the proven account of this address was signed in on it; undefined for any other cookie. */
  find(cookie: string | undefined, email: string): string | undefined
  /** The cookie of a device on which this account has just signed in. */
  remember(cookie: string | undefined, email: string): string
}

const ID_BYTES = 16
const MARK_BYTES = 16
/** Accounts that one device is known to; the one that has not signed in for longest is forgotten. */
const ACCOUNTS_MAX = 5
const KEY_BYTES = 32
const COOKIE_LENGTH_MAX = 200

/**
 * A cookie is the device's ID and, for each account that has signed in on it, an HMAC over ID and address: OWASP's device
 * cookies ("Slow Down Online Guessing Attacks with Device Cookies"). It names no address and opens no account, so it
 * outlives sessions and need not be revoked. The address is taken as it was written: in the coarse form that limits are
 * counted under, anybody could sign up with a similar address, and have devices known to the account of another.
 *
 * @param secret - the place secret, of which a key of its own is derived (HKDF, RFC 5869)
 */
export function createKnownDevices(secret: string): KnownDevices {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'naru known devices', KEY_BYTES))
  const markOf = (id: string, email: string) =>
    createHmac('sha256', key)
      .update(`${id}.${writtenForm(email)}`)
      .digest()
      .subarray(0, MARK_BYTES)

  return {
    find(cookie, email) {
      const { id, marks } = readCookie(cookie)
      if (id === undefined) return undefined
      const mark = markOf(id, email)
      return marks.some((each) => timingSafeEqual(each, mark)) ? id : undefined
    },

    remember(cookie, email) {
      const known = readCookie(cookie)
      const id = known.id ?? randomBytes(ID_BYTES).toString('base64url')
      const mark = markOf(id, email)
      const others = known.marks.filter((each) => !each.equals(mark))
      const marks = [mark, ...others].slice(0, ACCOUNTS_MAX)
      return [id, ...marks.map((each) => each.toString('base64url'))].join('.')
    },
  }
}

function readCookie(cookie: string | undefined): { id: string | undefined; marks: Buffer[] } {
  const none = { id: undefined, marks: [] }
  if (cookie === undefined || cookie.length > COOKIE_LENGTH_MAX) return none
  const [id = '', ...texts] = cookie.split('.')
  if (![id, ...texts].every(isCanonicalBase64url)) return none
  const marks = texts.map((text) => Buffer.from(text, 'base64url'))
  const isOurs = Buffer.byteLength(id, 'base64url') === ID_BYTES
  return isOurs && marks.every(({ length }) => length === MARK_BYTES) ? { id, marks } : none
}
