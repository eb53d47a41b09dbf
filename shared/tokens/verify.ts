import { createDecoder, createVerifier } from 'fast-jwt'
import QuickLRU from 'quick-lru'
import type { Clock } from '../runtime/clock.ts'
import { isCanonicalBase64url } from './base64url.ts'
import type { Ed25519Key } from './keys.ts'
import { TOKEN_CLAIMS, TOKEN_KINDS, type TokenClaims, type TokenKind } from './kinds.ts'

type VerifiedToken<K extends TokenKind> =
  | { status: 'valid'; claims: TokenClaims<K> }
  | { status: 'invalid' }
  | { status: 'expired' }

export type VerifyToken<K extends TokenKind> = (token: string) => VerifiedToken<K>

export type TokenVerifierOptions<K extends TokenKind> = {
  kind: K
  /**
   * Every key that a valid token may be signed with, so that keys can be rotated; or the secret of the `place` kind.
   */
  keys: K extends 'place' ? string : readonly Ed25519Key[]
  now: Clock
  /** Maximum number of cached verified tokens, so that a token seen again costs no signature check. */
  cacheMax?: number
}

const TOKENS_CACHED_MAX = 20_000

const TOKEN_LENGTH_MAX = 2048
/**
 * The maximum lifetime of a token of each kind, from our constants and the rooms' settings. A token with a longer one
 * was not issued for its present use, such as one whose times are in milliseconds.
 */
const LIFETIME_SECONDS_MAX: Readonly<Record<TokenKind, number>> = {
  place: 31_536_000,
  // The maximum that a room may set (origin/rooms/settings.ts), plus the second that roomClaim rounds up and a minute:
  // it expires by Redis' clock, and is issued by the gateway's.
  pass: 3661,
  session: 31_536_000,
  service: 3600,
}
/** The maximum difference between the clocks of our hosts. */
const SKEW_SECONDS_MAX = 60
const decodeHeader = createDecoder({ complete: true })

/**
 * Verifies tokens of one kind: algorithm, key, `typ`, `crit`, issuer, the shape of the claims, the time and the lifetime.
 * The audience of a place or pass is its room, which the caller compares.
 */
export function createTokenVerifier<K extends TokenKind>(options: TokenVerifierOptions<K>): VerifyToken<K> {
  const { kind, keys, now, cacheMax = TOKENS_CACHED_MAX } = options
  const check = typeof keys === 'string' ? createCheck(kind, keys) : createKeyedCheck(kind, keys)
  const seen = new QuickLRU<string, TokenClaims<K>>({ maxSize: cacheMax })

  return (token) => {
    const claims = seen.get(token) ?? read(token)
    if (claims === undefined) return { status: 'invalid' }
    return claims.exp * 1000 > now() ? { status: 'valid', claims } : { status: 'expired' }
  }

  function read(token: string): TokenClaims<K> | undefined {
    if (token.length > TOKEN_LENGTH_MAX || !token.split('.').every(isCanonicalBase64url)) return undefined
    try {
      // The table of schemas is indexed by the kind, which the compiler cannot follow through `parse`.
      const claims = TOKEN_CLAIMS[kind].parse(check(token)) as TokenClaims<K>
      if (!hasSoundTimes(claims)) return undefined
      seen.set(token, claims)
      return claims
    } catch {
      return undefined
    }
  }

  function hasSoundTimes({ iat, exp }: { iat: number; exp: number }): boolean {
    if (exp < iat || exp - iat > LIFETIME_SECONDS_MAX[kind]) return false
    return iat <= now() / 1000 + SKEW_SECONDS_MAX
  }
}

/** The unverified `typ` of a token: only to choose its verifier. */
export function claimedKind(token: string): TokenKind | undefined {
  if (token.length > TOKEN_LENGTH_MAX) return undefined
  const typ = headerOf(token)?.['typ']
  return (Object.keys(TOKEN_KINDS) as TokenKind[]).find((kind) => TOKEN_KINDS[kind].typ === typ)
}

function createCheck(kind: TokenKind, key: string): (token: string) => unknown {
  const { typ, issuer, algorithm } = TOKEN_KINDS[kind]
  // Expiry is checked above against the caller's clock, also for cached tokens.
  return createVerifier({
    key,
    algorithms: [algorithm],
    checkTyp: typ,
    allowedIss: issuer,
    requiredClaims: ['iss'],
    ignoreExpiration: true,
  })
}

function createKeyedCheck(kind: TokenKind, keys: readonly Ed25519Key[]): (token: string) => unknown {
  const checks = new Map(
    keys.map(({ kid, key }) => [
      kid,
      createCheck(kind, key.export({ type: 'spki', format: 'pem' }).toString()),
    ]),
  )
  return (token) => {
    const kid = headerOf(token)?.['kid']
    const check = typeof kid === 'string' ? checks.get(kid) : undefined
    if (check === undefined) throw new Error('unknown key')
    return check(token)
  }
}

function headerOf(token: string): Record<string, unknown> | undefined {
  try {
    return (decodeHeader(token) as { header: Record<string, unknown> }).header
  } catch {
    return undefined
  }
}
