import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { isCanonicalBase64url } from '../../shared/tokens/base64url.ts'
import { writtenForm } from './login-attempts.ts'

/**
 * Recognises devices on which a proven account has signed in, by a cookie that grants only a separate limit of
 * attempts.
 */
export type KnownDevices = {
  /** The device's ID, if the proven account of this address has signed in on it; undefined for any other cookie. */
  find(cookie: string | undefined, email: string): string | undefined
  /** The cookie of a device on which this account has just signed in. */
  remember(cookie: string | undefined, email: string): string
}

const ID_BYTES = 16
const MARK_BYTES = 16
/** Maximum number of accounts per device; the one that has not signed in for longest is dropped. */
const ACCOUNTS_MAX = 5
const KEY_BYTES = 32
const COOKIE_LENGTH_MAX = 200

/**
 * A cookie contains the device's ID and, for each account that has signed in on it, an HMAC over ID and address:
 * OWASP's device cookies ("Slow Down Online Guessing Attacks with Device Cookies"). It names no address and grants no
 * access, so it outlives sessions and need not be revoked. The address is used as written: with the normalised form
 * that limits are counted under, anyone could sign up with a similar address and have devices known to another account.
 *
 * @param secret - the place secret, from which a dedicated key is derived (HKDF, RFC 5869)
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
