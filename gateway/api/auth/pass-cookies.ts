import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import {
  deleteOwnCookie,
  readOwnCookie,
  readOwnCookies,
  takeOutOwnCookies,
} from '../../../shared/http/cookies.ts'
import { passCookie, SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type EndableSession, sessionId, sessionOfPass } from '../../../shared/tokens/endable-session.ts'
import type { TokenClaims } from '../../../shared/tokens/kinds.ts'
import { type GatewayVerifiers, sessionOf } from './credentials.ts'

type Verifiers = Pick<GatewayVerifiers, 'pass' | 'session'>

type PassCookie = { cookie: string; claims: TokenClaims<'pass'> | undefined }

/** The passes in a browser's cookies, with the claims of those that are still valid. */
function passCookies(verifiers: Verifiers, c: Context): PassCookie[] {
  return readOwnCookies(c, passCookie('')).map(({ name: cookie, value }) => {
    const pass = verifiers.pass(value)
    return { cookie, claims: pass.status === 'valid' ? pass.claims : undefined }
  })
}

/** Clears every pass in a browser except those of the account that signs in. */
export function forgetOthersPasses(verifiers: Verifiers, c: Context, account: string): void {
  for (const pass of passCookies(verifiers, c)) {
    if (pass.claims?.sub !== account) deleteOwnCookie(c, pass.cookie)
  }
}

/**
 * A pass cookie is valid only together with a session of its account: otherwise a user who signs in on a shared browser
 * would pay for the previous user's basket. The same holds for a pass claimed under a session that has ended since;
 * claiming again gives it to the new session. Other passes are removed from the request, as if the client had not sent
 * them. Bearer passes of programs are left to the origin to check.
 */
export function dropOthersPasses(deps: {
  verifiers: Verifiers
  isOver: (session: EndableSession) => Promise<boolean>
}) {
  const { verifiers } = deps

  async function isOthers(
    { claims }: PassCookie,
    session: TokenClaims<'session'> | undefined,
  ): Promise<boolean> {
    if (claims === undefined) return false
    if (claims.sub !== session?.sub) return true
    // Whether the session of this request is over has already been checked.
    return claims.sid !== sessionId(session) && (await deps.isOver(sessionOfPass(claims)))
  }

  return createMiddleware(async (c, next) => {
    const session = sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))
    const account = session?.sub
    const cookies = passCookies(verifiers, c)
    const areOthers = await Promise.all(cookies.map((pass) => isOthers(pass, session)))
    const others = cookies.filter((_, i) => areOthers[i])
    if (others.length > 0) {
      takeOutOwnCookies(
        c,
        others.map(({ cookie }) => cookie),
      )
      // A signed-out user may sign in again as the same account. Deleted before `next`, which may set a pass of this
      // account.
      if (account !== undefined) for (const { cookie } of others) deleteOwnCookie(c, cookie)
    }
    await next()
  })
}
