import { deleteCookie, getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import { type EndableSession, endableSession } from '../../shared/tokens/endable-session.ts'
import { type GatewayVerifiers, sessionOf } from './credentials.ts'
import { takeOutCookies } from './request-cookies.ts'

/** As browsers send it; see `cookies.ts`. */
const COOKIE = `__Host-${SESSION_COOKIE}`

/**
 * For what the gateway decides on a session alone: one that was ended (signed out everywhere, password changed) is
 * taken out of the request, as if it had never been kept. A place, which has a token of its own, stays good.
 *
 */
export function dropEndedSessions(deps: {
  verifiers: GatewayVerifiers
  isOver: (session: EndableSession) => Promise<boolean>
}) {
  async function isOver(token: string | undefined): Promise<boolean> {
    const session = sessionOf(deps.verifiers, token)
    return session !== undefined && (await deps.isOver(endableSession(session)))
  }

  return createMiddleware(async (c, next) => {
    const { headers } = c.req.raw
    const [, bearer] = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
    const kept = getCookie(c, SESSION_COOKIE, 'host')
    const [bearerOver, keptOver] = await Promise.all([isOver(bearer), isOver(kept)])
    if (bearerOver) headers.delete('authorization')
    if (keptOver) takeOutCookies(c, (name) => name === COOKIE)
    await next()
    if (keptOver) deleteCookie(c, SESSION_COOKIE, { prefix: 'host' })
  })
}
