import { createHash, sign, verify } from 'node:crypto'
import QuickLRU from 'quick-lru'
import { TICKET_TEXT_LENGTH_MAX } from '../../shared/api/limits.ts'
import { latinKeys, plainTicketText } from '../../shared/ticket-input.ts'
import type { Ed25519Key } from '../../shared/tokens/keys.ts'

/** The fields that a ticket's texts are composed of. `code` is its 128 random bits in base64url. */
type TicketFields = { festival: string; type: number; number: number; code: string }

/**
 * - `qr`    the QR code's content: the ticket's fields and an Ed25519 signature over them, `NARU1.<festival>.<type>.
 *           <number>.<code>.<signature in base64url>`, so that a device can verify it offline
 * - `typed` what people can read aloud: `<type>-<number>-<six letters>`, the letters being the first 30 bits of
 *           the code's SHA-256 in Crockford's base32
 */
export type TicketTexts = { qr: string; typed: string }

export type SignTicket = (ticket: TicketFields) => TicketTexts

/** The parsed text from a gate. */
export type TicketText =
  | ({ kind: 'signed' } & TicketFields)
  | { kind: 'code'; code: string }
  | { kind: 'typed'; type: number; number: number; letters: string }
  | { kind: 'forged' }
  | { kind: 'unreadable' }

export type ReadTicketText = (text: string) => TicketText
/** Bytes of a code's SHA-256 that represent it where the code itself must stay secret. */
const CODE_HASH_BYTES = 8

const PREFIX = 'NARU1'
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LETTERS = 6
/** The last character of 16 or 64 bytes in base64url has four spare bits, which an encoder leaves 0. */
const SIGNED =
  /^NARU1\.([a-z0-9-]{1,64})\.([1-9]\d{0,9})\.([1-9]\d{0,9})\.([\w-]{21}[AQgw])\.([\w-]{85}[AQgw])$/
const TYPED = /^([1-9]\d{0,9})[-\s]+([1-9]\d{0,9})[-\s]+([0-9A-Z]{6})$/
const CODE = /^[\w-]{21}[AQgw]$/

const TICKETS_CACHED_MAX = 20_000

/**
 * Signs tickets. Ed25519 is deterministic (RFC 8032): a ticket always has the same text.
 *
 * @param cacheMax - how many signed tickets are cached, since a signature costs about as much as reading the ticket
 */
export function createTicketSigner({ key }: Ed25519Key, cacheMax = TICKETS_CACHED_MAX): SignTicket {
  const signed = new QuickLRU<string, TicketTexts>({ maxSize: cacheMax })
  return ({ festival, type, number, code }) => {
    const fields = [PREFIX, festival, type, number, code].join('.')
    const known = signed.get(fields)
    if (known !== undefined) return known
    const signature = sign(null, Buffer.from(fields), key).toString('base64url')
    const texts = { qr: `${fields}.${signature}`, typed: `${type}-${number}-${lettersOf(code)}` }
    signed.set(fields, texts)
    return texts
  }
}

/** @param keys - every key a ticket may have been signed with: old tickets stay valid when the key is changed */
export function createTicketReader(keys: readonly Ed25519Key[]): ReadTicketText {
  return (text) => {
    if (text.length > TICKET_TEXT_LENGTH_MAX) return { kind: 'unreadable' }
    const plain = plainTicketText(text)
    const signed = SIGNED.exec(plain)
    if (signed !== null) return readSigned(plain, signed, keys)
    const typed = TYPED.exec(latinKeys(plain).toUpperCase())
    if (typed !== null) {
      const [, type, number, letters = ''] = typed
      return { kind: 'typed', type: Number(type), number: Number(number), letters: plainLetters(letters) }
    }
    return CODE.test(plain) ? { kind: 'code', code: plain } : { kind: 'unreadable' }
  }
}

function readSigned(text: string, parts: RegExpExecArray, keys: readonly Ed25519Key[]): TicketText {
  const [, festival = '', type, number, code = '', signature = ''] = parts
  const fields = Buffer.from(text.slice(0, text.lastIndexOf('.')))
  const bytes = Buffer.from(signature, 'base64url')
  if (!keys.some(({ key }) => verify(null, fields, key, bytes))) return { kind: 'forged' }
  return { kind: 'signed', festival, type: Number(type), number: Number(number), code }
}

/** The six letters by which a code is typed. */
export function lettersOf(code: string): string {
  const bits = codeHash(code).readUInt32BE() >>> 2
  return Array.from({ length: LETTERS }, (_, i) => ALPHABET[(bits >>> (5 * (LETTERS - 1 - i))) & 31]).join('')
}

export function codeHash(code: string): Buffer {
  return createHash('sha256').update(code).digest().subarray(0, CODE_HASH_BYTES)
}

/** Crockford's base32 reads the letters that look like digits as those digits. */
function plainLetters(letters: string): string {
  return letters.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
}
