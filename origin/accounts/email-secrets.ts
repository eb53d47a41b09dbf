import { createHash, createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

/** The secrets in an e-mail that only its reader may know. */
export type EmailSecrets = {
  /** The token of a link, 32 bytes in base64url. */
  token(purpose: SecretPurpose, id: string): string
  /** The digits to type. */
  code(purpose: SecretPurpose, id: string): string
}

type SecretPurpose = 'confirm-email' | 'confirm-address' | 'reset-password' | 'team-invitation'
const CODE_DIGITS = 6

/**
 * Derives secrets from the ID of their purpose, with a key of the origins (RFC 5869, RFC 2104). So no table stores one,
 * a message that is sent again contains the same one, and a reader of the database can use none.
 *
 * @param key - a private key that every origin has
 */
export function createEmailSecrets(key: KeyObject): EmailSecrets {
  const bytes = key.export({ format: 'der', type: 'pkcs8' })
  const secret = Buffer.from(hkdfSync('sha256', bytes, '', 'naru e-mail secrets', 32))
  const mac = (kind: string, purpose: string, id: string) =>
    createHmac('sha256', secret).update(`${kind}\0${purpose}\0${id}`).digest()
  return {
    token: (purpose, id) => mac('token', purpose, id).toString('base64url'),
    code(purpose, id) {
      // 48 bits modulo a million: no code is likelier than another by more than one part in 10^8.
      const number = mac('code', purpose, id).readUIntBE(0, 6) % 10 ** CODE_DIGITS
      return String(number).padStart(CODE_DIGITS, '0')
    },
  }
}

/** A token as it is stored. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Compares in constant time. */
export function isSameCode(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
