import type { Clock } from '../../shared/clock.ts'
import { AUDIENCES } from '../../shared/tokens/kinds.ts'
import type { SignToken } from '../../shared/tokens/sign.ts'
import type { Account } from './account.ts'

export type Session = { token: string; expiresAt: Date }

/** Says who someone is for `seconds`, in a token that every gateway and origin can verify. */
export function createSession(
  deps: { signSession: SignToken<'session'>; now: Clock; seconds: number },
  account: Account,
): Session {
  const issuedAt = Math.floor(deps.now() / 1000)
  const expires = issuedAt + deps.seconds
  const token = deps.signSession({
    aud: AUDIENCES.session,
    sub: account.id,
    name: account.name,
    roles: account.roles,
    iat: issuedAt,
    exp: expires,
  })
  return { token, expiresAt: new Date(expires * 1000) }
}
