/**
 * Whether a text is base64url without padding (RFC 4648, section 5) in the only way that an encoder writes its bytes.
 * Decoders skip other characters and spare bits (section 3.5), so one token would have many texts that are all accepted.
 */
export function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text
}
