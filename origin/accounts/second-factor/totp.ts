import { createHmac } from 'node:crypto'

/** RFC 6238, section 5.2: the recommended time step. */
const STEP_SECONDS = 30
const DIGITS = 6
/** RFC 4226, section 4 (R6): as long as the output of SHA-1. */
export const SECRET_BYTES = 20

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export type Algorithm = 'sha1' | 'sha256' | 'sha512'

/**
 * The code of a time step (RFC 4226, section 5.3; RFC 6238). Implemented here with `node:crypto`: it is shorter than
 * the wrapper that a library would need, and the RFC's own vectors test it. Apps have only SHA-1 and six digits in
 * common.
 */
export function totpCode(
  secret: Uint8Array,
  step: number,
  { algorithm = 'sha1', digits = DIGITS }: { algorithm?: Algorithm; digits?: number } = {},
): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac(algorithm, secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  const number = (mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 10 ** digits
  return String(number).padStart(digits, '0')
}

export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / 1000 / STEP_SECONDS)
}

/** RFC 4648, section 6, without padding, as apps take it. */
export function base32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)] ?? '').join('')
}

/** What apps read from a QR code (Google Authenticator's key URI format). */
export function otpauthUri(secret: string, account: string): string {
  const label = encodeURIComponent(`Naru:${account}`)
  return `otpauth://totp/${label}?${new URLSearchParams({ secret, issuer: 'Naru' })}`
}
