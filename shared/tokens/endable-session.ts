import type { TokenClaims } from './kinds.ts'

/** The parts of a session that revocation needs. Without an ID, only revoking all of the account's sessions ends it. */
export type EndableSession = { account: string; id: string | undefined; issuedSeconds: number }

/**
 * The ID under which a session is revoked: its `jti` or, for those issued before sessions had one, account and time.
 */
export function sessionId({ jti, sub, iat }: Pick<TokenClaims<'session'>, 'jti' | 'sub' | 'iat'>): string {
  return jti ?? `${sub}@${iat}`
}

export function endableSession(claims: TokenClaims<'session'>): EndableSession & { id: string } {
  return { account: claims.sub, id: sessionId(claims), issuedSeconds: claims.iat }
}

/**
 * The session under which a pass was claimed: revoking it ends the pass too. Passes issued before they named one have
 * no ID.
 */
export function sessionOfPass({ sub, iat, sid, auth_time }: TokenClaims<'pass'>): EndableSession {
  return { account: sub, id: sid, issuedSeconds: auth_time ?? iat }
}
