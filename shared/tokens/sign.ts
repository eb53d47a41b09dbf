import { createSigner } from 'fast-jwt'
import type { Ed25519Key } from './keys.ts'
import { TOKEN_KINDS, type TokenClaims, type TokenKind } from './kinds.ts'

/** Signs a token of one kind; the claims include `iat` and `exp`. */
export type SignToken<K extends TokenKind> = (claims: TokenClaims<K>) => string

/** @param key - an Ed25519 private key, or the shared secret of the `place` kind */
export function createTokenSigner<K extends TokenKind>(
  kind: K,
  key: K extends 'place' ? string : Ed25519Key,
): SignToken<K> {
  const { typ, issuer, algorithm } = TOKEN_KINDS[kind]
  const material = typeof key === 'string' ? key : key.key.export({ type: 'pkcs8', format: 'pem' })
  const header = typeof key === 'string' ? { typ } : { typ, kid: key.kid }
  const sign = createSigner({ key: material, algorithm, iss: issuer, header: { ...header, alg: algorithm } })
  return (claims) => sign(claims)
}
