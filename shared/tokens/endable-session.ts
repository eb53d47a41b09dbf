import type { TokenClaims } from './kinds.ts'

/** A session as far as its end concerns it. Without an ID, only an end of all of the account's sessions ends it. */
export type EndableSession = { account: string; id: string | undefined; issuedSeconds: number }

/** What names one session where it is ended: its `jti` or, for those issued before sessions had one, account and time. */
export function sessionId({ jti, sub, iat }: Pick<TokenClaims<'session'>, 'jti' | 'sub' | 'iat'>): string {
  return jti ?? `${sub}@${iat}`
}

export function endableSession(claims: TokenClaims<'session'>): EndableSession & { id: string } {
  return { account: claims.sub, id: sessionId(claims), issuedSeconds: claims.iat }
}

/** The session under which a pass was claimed: it ends the pass too. Passes issued before they named one have no ID. */
export function sessionOfPass({ sub, iat, sid, auth_time }: TokenClaims<'pass'>): EndableSession {
  return { account: sub, id: sid, issuedSeconds: auth_time ?? iat }
}
