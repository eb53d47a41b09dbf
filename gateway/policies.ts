import { createMiddleware } from 'hono/factory'
import type { EndableSession } from '../shared/tokens/endable-session.ts'
import { dropEndedSessions } from './api/auth/ended-sessions.ts'
import { dropOthersPasses } from './api/auth/pass-cookies.ts'
import { roomShut } from './api/rooms/rooms.ts'
import type { GatewayDeps } from './context.ts'
import { isSessionOver } from './edge/session-end.ts'

/** The checks that areas put before their handlers, in this order. */
export type Policies = ReturnType<typeof createPolicies>

export function createPolicies({
  redis,
  verifiers,
  festivals,
}: Pick<GatewayDeps, 'redis' | 'verifiers' | 'festivals'>) {
  const isOver = (session: EndableSession) => isSessionOver(redis, session)
  return {
    /** Where the gateway itself relies on a session; on other routes the origin does. */
    endedSession: dropEndedSessions({ verifiers, isOver }),
    /** Where a pass cookie is used; after `endedSession`. */
    foreignPass: dropOthersPasses({ verifiers, isOver }),
    /** Where the festival of the path may be over and missing from the catalogue. */
    pastFestival: createMiddleware(async (c, next) => {
      await festivals.find(c.req.param('festival') ?? c.req.param('room') ?? '')
      await next()
    }),
    /** Where a page works without the festival's name, such as one of a draft, which is not found. */
    festivalName: createMiddleware(async (c, next) => {
      await festivals.find(c.req.param('festival') ?? '').catch(() => {})
      await next()
    }),
    /** What a room does for its fans; to them, a room that has left Redis is permanently closed. */
    roomInRedis: createMiddleware(async (c, next) => {
      if (festivals.archivedRoom(c.req.param('room') ?? '') !== undefined) throw roomShut('closed')
      await next()
    }),
  }
}
