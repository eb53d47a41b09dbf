import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'
import type { Account } from './account.ts'

/** Someone who has shown who they are, and from when on a session of theirs is good, in seconds since the epoch. */
export type SignedIn = { account: Account; fromSeconds: number }

export type Session = { token: string; expiresAt: Date }

/** Says who someone is for `seconds`, in a token that every gateway and origin can verify. */
export function createSession(
  deps: { signSession: SignToken<'session'>; seconds: number },
  { account, fromSeconds }: SignedIn,
): Session {
  const expires = fromSeconds + deps.seconds
  const token = deps.signSession({
    aud: AUDIENCES.session,
    sub: account.id,
    name: account.name,
    roles: account.roles,
    iat: fromSeconds,
    exp: expires,
  })
  return { token, expiresAt: new Date(expires * 1000) }
}

/**
 * From when on a session is good that somebody asks for at `askedAtMs`: not before the account's earlier ones were
 * ended. It is the time of asking, before the password was read, so that an end that comes between ends it too.
 */
export function sessionFromSeconds(askedAtMs: number, sessionsFrom: Date | null): number {
  return Math.max(Math.floor(askedAtMs / 1000), endSeconds(sessionsFrom))
}

/** Sessions issued before this second are over; 0 when none was ever ended. */
export function endSeconds(sessionsFrom: Date | null): number {
  return sessionsFrom === null ? 0 : Math.ceil(sessionsFrom.getTime() / 1000)
}
