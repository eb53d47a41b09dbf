import { createMiddleware } from 'hono/factory'
import type { EndableSession } from '../../../shared/tokens/endable-session.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { GatewayVerifiers } from '../auth/credentials.ts'
import { dropEndedSessions } from '../auth/ended-sessions.ts'
import { dropOthersPasses } from '../auth/pass-cookies.ts'
import { roomShut } from './rooms.ts'

/** The checks that areas put before their handlers, in this order. */
export type Policies = ReturnType<typeof createPolicies>

export function createPolicies({
  verifiers,
  festivals,
  isOver,
}: {
  verifiers: GatewayVerifiers
  festivals: Pick<Festivals, 'find' | 'archivedRoom'>
  isOver: (session: EndableSession) => Promise<boolean>
}) {
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
