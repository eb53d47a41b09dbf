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

type KeptPass = { cookie: string; claims: TokenClaims<'pass'> | undefined }

/** The passes that a browser keeps, by cookie, with the claims of those that are still good for something. */
function keptPasses(verifiers: Verifiers, c: Context): KeptPass[] {
  return readOwnCookies(c, passCookie('')).map(({ name: cookie, value }) => {
    const pass = verifiers.pass(value)
    return { cookie, claims: pass.status === 'valid' ? pass.claims : undefined }
  })
}

/** Makes a browser forget every pass but those of an account, which is signing in. */
export function forgetOthersPasses(verifiers: Verifiers, c: Context, account: string): void {
  for (const pass of keptPasses(verifiers, c)) {
    if (pass.claims?.sub !== account) deleteOwnCookie(c, pass.cookie)
  }
}

/**
 * A pass in a cookie counts beside the session of its account alone: else whoever signs in where somebody was inside
 * would pay for the basket of that one. So does one claimed under a session that was ended meanwhile; claiming again gives
 * it to the new one. Others are taken out of the request, as if they had never been kept. What programs send as a bearer
 * is theirs to mind, and the origin's to refuse.
 */
export function dropForeignPasses(deps: {
  verifiers: Verifiers
  isOver: (session: EndableSession) => Promise<boolean>
}) {
  const { verifiers } = deps

  async function isForeign(
    { claims }: KeptPass,
    session: TokenClaims<'session'> | undefined,
  ): Promise<boolean> {
    if (claims === undefined) return false
    if (claims.sub !== session?.sub) return true
    // Whether the session of this request is over was found out before.
    return claims.sid !== sessionId(session) && (await deps.isOver(sessionOfPass(claims)))
  }

  return createMiddleware(async (c, next) => {
    const session = sessionOf(verifiers, readOwnCookie(c, SESSION_COOKIE))
    const account = session?.sub
    const kept = keptPasses(verifiers, c)
    const areForeign = await Promise.all(kept.map((pass) => isForeign(pass, session)))
    const foreign = kept.filter((_, i) => areForeign[i])
    if (foreign.length > 0) {
      takeOutOwnCookies(
        c,
        foreign.map(({ cookie }) => cookie),
      )
      // Whoever is signed out may be the same one again. Before what follows, which may keep a pass of this account.
      if (account !== undefined) for (const { cookie } of foreign) deleteOwnCookie(c, cookie)
    }
    await next()
  })
}
