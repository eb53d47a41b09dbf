import { createMiddleware } from 'hono/factory'
import { deleteOwnCookie, readOwnCookie, takeOutOwnCookies } from '../../../shared/http/cookies.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { type EndableSession, endableSession } from '../../../shared/tokens/endable-session.ts'
import { type GatewayVerifiers, sessionOf } from './credentials.ts'

/**
 * For decisions that the gateway bases on the session alone: removes a session that was ended (signed out everywhere,
 * password changed) from the request, as if the client had not sent it. A place has a separate token and stays valid.
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
    const cookie = readOwnCookie(c, SESSION_COOKIE)
    const [bearerOver, isCookieOver] = await Promise.all([isOver(bearer), isOver(cookie)])
    if (bearerOver) headers.delete('authorization')
    if (isCookieOver) takeOutOwnCookies(c, [SESSION_COOKIE])
    await next()
    if (isCookieOver) deleteOwnCookie(c, SESSION_COOKIE)
  })
}
