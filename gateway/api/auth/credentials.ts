import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import { bearerToken } from '../../../shared/http/bearer.ts'
import { readOwnCookie, setOwnCookie } from '../../../shared/http/cookies.ts'
import { placeCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { AUDIENCES, type TokenClaims, type TokenKind } from '../../../shared/tokens/kinds.ts'
import { claimedKind, type VerifyToken } from '../../../shared/tokens/verify.ts'

export type GatewayVerifiers = { [K in 'place' | 'pass' | 'session']: VerifyToken<K> }

/** The token of a request: a bearer token from programs, or a cookie from browsers. */
export function tokenOf(c: Context, cookie: string): string | undefined {
  return bearerToken(c.req.header('authorization')) ?? readOwnCookie(c, cookie)
}

/** The place token and the session of a request that accepts either; a bearer is the session if its `typ` says so. */
export function placeAndSessionOf(
  c: Context,
  room: string,
): { place: string | undefined; session: string | undefined } {
  const bearer = bearerToken(c.req.header('authorization'))
  const held = {
    place: readOwnCookie(c, placeCookie(room)),
    session: readOwnCookie(c, SESSION_COOKIE),
  }
  if (bearer === undefined) return held
  return claimedKind(bearer) === 'session' ? { ...held, session: bearer } : { ...held, place: bearer }
}

/** The claims of a token, which must be present and valid for `audience`. */
export function requireClaims<K extends TokenKind>(
  kind: K,
  verify: VerifyToken<K>,
  token: string | undefined,
  audience: string,
): TokenClaims<K> {
  if (token === undefined) throw new Problem('token-missing', `This needs a ${kind} token`)
  const verified = verify(token)
  if (verified.status === 'expired') throw new Problem('token-invalid', `The ${kind} token has expired`)
  if (verified.status === 'invalid') throw new Problem('token-invalid', `This is not a valid ${kind} token`)
  if (verified.claims.aud !== audience)
    throw new Problem('token-wrong-audience', `The ${kind} is for another room`)
  return verified.claims
}

export function requireSession(
  verifiers: GatewayVerifiers,
  token: string | undefined,
): TokenClaims<'session'> {
  return requireClaims('session', verifiers.session, token, AUDIENCES.session)
}

/** The claims of an optional session; an expired one counts as none. */
export function sessionOf(
  verifiers: Pick<GatewayVerifiers, 'session'>,
  token: string | undefined,
): TokenClaims<'session'> | undefined {
  const verified = token === undefined ? undefined : verifiers.session(token)
  if (verified?.status !== 'valid' || verified.claims.aud !== AUDIENCES.session) return undefined
  return verified.claims
}

/** Stores a token in the browser until it expires, inaccessible to scripts. */
export function storeCookie(c: Context, name: string, token: string, expires: Date): void {
  setOwnCookie(c, name, token, { expires })
  c.header('cache-control', 'no-store')
}
