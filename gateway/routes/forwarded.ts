import { Hono } from 'hono'
import type { BoundedQueue } from '../../shared/bounded-queue.ts'
import type { RequestVariables } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { passCookie, SESSION_COOKIE } from '../../shared/tokens/cookies.ts'
import type { OriginClient } from '../origin-client.ts'
import { forward } from '../proxy.ts'
import { type GatewayVerifiers, requireClaims, requireSession, tokenOf } from './credentials.ts'

/**
 * Everything of the origin that can be reached through the gateway, and the token that each needs. `service` stands
 * for the gateway's own: these are for those who cannot have a token yet.
 */
const FORWARDED = [
  ['POST', '/accounts', 'service'],
  ['POST', '/sessions', 'service'],
  ['DELETE', '/sessions/current', 'session'],
  ['GET', '/me', 'session'],
  ['PUT', '/rooms/:room/hold', 'pass'],
  ['GET', '/rooms/:room/hold', 'pass'],
  ['DELETE', '/rooms/:room/hold', 'pass'],
  ['POST', '/rooms/:room/payments', 'pass'],
  ['GET', '/rooms/:room/payments/:payment', 'session'],
  ['GET', '/orders', 'session'],
  ['GET', '/admin/rooms/:room', 'session'],
  ['PATCH', '/admin/rooms/:room', 'session'],
  ['GET', '/admin/rooms/:room/changes', 'session'],
  ['GET', '/orders/:order', 'session'],
] as const

/** The reverse proxy. A token is checked here too, so that a request without a right costs the origin nothing. */
export function createForwardedRoutes(deps: {
  origin: OriginClient
  verifiers: GatewayVerifiers
  /** Signing up and in wait here, so that buying never waits behind them (D5). */
  signIns: BoundedQueue
}) {
  const { origin, verifiers } = deps
  const app = new Hono<{ Variables: RequestVariables }>()
  for (const [method, path, kind] of FORWARDED) {
    app.on(method, path, (c) => {
      if (kind === 'service') return queued(() => forward(c, origin, origin.serviceToken()))
      if (kind === 'session') {
        const token = tokenOf(c, SESSION_COOKIE)
        requireSession(verifiers, token)
        return forward(c, origin, token ?? '')
      }
      const room = c.req.param('room') ?? ''
      const token = tokenOf(c, passCookie(room))
      requireClaims('pass', verifiers.pass, token, room)
      return forward(c, origin, token ?? '')
    })
  }
  return app

  async function queued(send: () => Promise<Response>): Promise<Response> {
    const sent = await deps.signIns(send)
    if (sent.status === 'ran') return sent.value
    throw new Problem('busy', 'Many are signing in just now', { retryAfterSeconds: sent.retryAfterSeconds })
  }
}
