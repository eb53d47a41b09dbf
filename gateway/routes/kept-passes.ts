import type { Context } from 'hono'
import { deleteCookie, getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { passCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { type GatewayVerifiers, sessionOf } from './credentials.ts'
import { takeOutCookies } from './request-cookies.ts'

/** How browsers send cookies of ours; see `cookies.ts`. */
export const COOKIE_PREFIX = '__Host-'

type Verifiers = Pick<GatewayVerifiers, 'pass' | 'session'>

/** The passes that a browser keeps, by cookie, and whose each is; nobody's when it is good for nothing any more. */
function keptPasses(verifiers: Verifiers, c: Context): { cookie: string; account: string | undefined }[] {
  const prefix = COOKIE_PREFIX + passCookie('')
  return Object.entries(getCookie(c))
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, token]) => {
      const pass = verifiers.pass(token)
      const account = pass.status === 'valid' ? pass.claims.sub : undefined
      return { cookie: name.slice(COOKIE_PREFIX.length), account }
    })
}

/** Makes a browser forget every pass but those of an account, which is signing in. */
export function forgetOthersPasses(verifiers: Verifiers, c: Context, account: string): void {
  for (const pass of keptPasses(verifiers, c)) {
    if (pass.account !== account) deleteCookie(c, pass.cookie, { prefix: 'host' })
  }
}

/**
 * A pass in a cookie counts beside the session of its account alone: else whoever signs in where somebody was inside
 * would pay for the basket of that one. Others are taken out of the request, as if they had never been kept. What
 * programs send as a bearer is theirs to mind.
 */
export function dropForeignPasses(verifiers: Verifiers) {
  return createMiddleware(async (c, next) => {
    const account = sessionOf(verifiers, getCookie(c, SESSION_COOKIE, 'host'))?.sub
    const foreign = keptPasses(verifiers, c).filter(
      (pass) => pass.account !== undefined && pass.account !== account,
    )
    if (foreign.length > 0) {
      const names = new Set(foreign.map(({ cookie }) => COOKIE_PREFIX + cookie))
      takeOutCookies(c, (name) => names.has(name))
      // Whoever is signed out may be the same one again. Before what follows, which may keep a pass of this account.
      if (account !== undefined) for (const { cookie } of foreign) deleteCookie(c, cookie, { prefix: 'host' })
    }
    await next()
  })
}
