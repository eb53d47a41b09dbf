/**
 * Whether a text is canonical base64url without padding (RFC 4648, section 5), as an encoder writes it. Decoders ignore
 * other characters and spare bits (section 3.5), so that one token would have many accepted texts.
 */
export function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text
}
