import { v7 as uuidv7 } from 'uuid'
import { AUDIENCES, type TokenClaims } from '../../shared/tokens/kinds.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'
import type { Account } from './account.ts'

/** A signed-in account, and from when on its new session is valid, in seconds since the epoch. */
export type SignedIn = { account: Account; fromSeconds: number }

/** RFC 8176, section 2. */
export const WITH_PASSWORD = ['pwd'] as const
export const WITH_SECOND_FACTOR = ['pwd', 'otp', 'mfa'] as const

/** How long a session lasts. */
export const SESSION_SECONDS = 1_209_600

export type Session = { token: string; expiresAt: Date }

/** Issues a token that identifies an account for `seconds`, and that every gateway and origin can verify. */
export function createSession(
  deps: { signSession: SignToken<'session'>; seconds: number },
  { account, fromSeconds }: SignedIn,
  amr: readonly string[] = WITH_PASSWORD,
): Session {
  const expires = fromSeconds + deps.seconds
  const token = deps.signSession({
    aud: AUDIENCES.session,
    ...claimsOf(account),
    amr: [...amr],
    jti: uuidv7(),
    iat: fromSeconds,
    exp: expires,
  })
  return { token, expiresAt: new Date(expires * 1000) }
}

/**
 * The same session with the account's current name, roles and proof. It keeps the start and the end of the other, so
 * that whatever ends the one ends both.
 */
export function renewSession(
  { signSession }: { signSession: SignToken<'session'> },
  { aud, iat, exp, jti, amr }: Pick<TokenClaims<'session'>, 'aud' | 'iat' | 'exp' | 'jti' | 'amr'>,
  account: Account,
): Session {
  const same = { aud, iat, exp, ...(jti === undefined ? {} : { jti }), ...(amr === undefined ? {} : { amr }) }
  return { token: signSession({ ...same, ...claimsOf(account) }), expiresAt: new Date(exp * 1000) }
}

function claimsOf({ id, name, roles, proof }: Account) {
  return { sub: id, name, roles, ...(proof === undefined ? {} : { proof }) }
}

/**
 * From when on a session requested at `askedAtMs` is valid: not before the account's earlier ones were ended. It is the
 * time of the request, before the password was read, so that an end in between ends it too.
 */
export function sessionFromSeconds(askedAtMs: number, sessionsFrom: Date | null): number {
  return Math.max(Math.floor(askedAtMs / 1000), endSeconds(sessionsFrom))
}

/** Sessions issued before this second are revoked; 0 when none was ever revoked. */
export function endSeconds(sessionsFrom: Date | null): number {
  return sessionsFrom === null ? 0 : Math.ceil(sessionsFrom.getTime() / 1000)
}
