import { latinKeys, plainTicketText } from '../../../../../shared/ticket-input.ts'

/**
 * The texts of tickets, implemented with the browser's own cryptography and the published keys alone
 * (`origin/tickets/ticket-text.ts` describes the format).
 */

export type ReadTicket =
  | { kind: 'signed'; festival: string; type: number; number: number; code: string; text: string }
  | { kind: 'code'; code: string }
  | { kind: 'typed'; type: number; number: number; letters: string }
  | { kind: 'unreadable' }

/** The last character of 16 or 64 bytes in base64url has four spare bits, which an encoder leaves 0. */
const SIGNED =
  /^NARU1\.([a-z0-9-]{1,64})\.([1-9]\d{0,9})\.([1-9]\d{0,9})\.([\w-]{21}[AQgw])\.([\w-]{85}[AQgw])$/
const TYPED = /^([1-9]\d{0,9})[-\s]+([1-9]\d{0,9})[-\s]+([0-9A-Z]{6})$/
const CODE = /^[\w-]{21}[AQgw]$/
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LETTERS = 6
/** The number of bytes of a code's SHA-256 in lists. */
export const HASH_BYTES = 8

/** The content of a scanned or typed text; `isSigned` verifies its signature. */
export function readTicket(text: string): ReadTicket {
  const plain = plainTicketText(text)
  const signed = SIGNED.exec(plain)
  if (signed !== null) {
    const [, festival = '', type, number, code = ''] = signed
    return { kind: 'signed', festival, type: Number(type), number: Number(number), code, text: plain }
  }
  const typed = TYPED.exec(latinKeys(plain).toUpperCase())
  if (typed !== null) {
    const [, type, number, letters = ''] = typed
    const digits = letters.replace(/O/g, '0').replace(/[IL]/g, '1')
    return { kind: 'typed', type: Number(type), number: Number(number), letters: digits }
  }
  return CODE.test(plain) ? { kind: 'code', code: plain } : { kind: 'unreadable' }
}

/** Maximum recorded length of a text that is not a ticket: it cannot be looked up, and would fill the queue. */
const UNREADABLE_LENGTH_MAX = 64
/** Characters that the API refuses: control characters, bytes that are not text, and unpaired surrogates. */
const UNWRITABLE = /[\p{Cc}\p{Cs}\ufffd]/gu

/** A scanned text in a form that the server accepts, whatever was scanned; '' for nothing. */
export function textToRecord(text: string): string {
  const plain = plainTicketText(text)
  if (readTicket(plain).kind !== 'unreadable') return plain
  return plain.slice(0, UNREADABLE_LENGTH_MAX).replace(UNWRITABLE, '?').trim()
}

/** The part of a published key by which a signature is verified. */
export type TicketKey = Pick<JsonWebKey, 'kty' | 'crv' | 'x'>

/** The published keys, for `isSigned`; undefined where the browser does not support Ed25519 (before about 2024). */
export async function importKeys(jwks: readonly TicketKey[]): Promise<CryptoKey[] | undefined> {
  try {
    return await Promise.all(
      // `alg` is omitted: browsers disagree on its name for Ed25519.
      jwks.map(({ kty = '', crv = '', x = '' }) =>
        crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, ['verify']),
      ),
    )
  } catch {
    return undefined
  }
}

/** Whether one of the keys has signed everything before the last dot. */
export async function isSigned(text: string, keys: readonly CryptoKey[]): Promise<boolean> {
  const dot = text.lastIndexOf('.')
  const fields = new TextEncoder().encode(text.slice(0, dot))
  const signature = bytesOfBase64(text.slice(dot + 1))
  for (const key of keys) {
    if (await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, fields)) return true
  }
  return false
}

/** The hash of a code as in lists, as a string of its bytes; undefined on a page without cryptography (plain HTTP). */
export async function hashOf(code: string): Promise<string | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))
  return String.fromCharCode(...new Uint8Array(digest, 0, HASH_BYTES))
}

/** The six letters for typing a ticket, from its code's hash in lists. */
export function lettersOf(hash: string): string {
  const byte = (i: number) => hash.charCodeAt(i)
  const bits = ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 2
  return Array.from({ length: LETTERS }, (_, i) => ALPHABET[(bits >>> (5 * (LETTERS - 1 - i))) & 31]).join('')
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
}
