import type { RouteConfig } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { readDrawEntriesRoute, readDrawParticipantsRoute, readDrawRoute } from '../../../shared/api/draws.ts'
import { enterRoomRoute, readChallengeRoute } from '../../../shared/api/entries.ts'
import { takeHoldRoute } from '../../../shared/api/holds.ts'
import { leavePassRoute } from '../../../shared/api/leaving.ts'
import { readMeInRoomRoute } from '../../../shared/api/me-in-room.ts'
import { readPurchaseRoute } from '../../../shared/api/orders.ts'
import { claimPassRoute } from '../../../shared/api/passes.ts'
import { completePaymentRoute, payRoute, readPaymentRoute } from '../../../shared/api/payments.ts'
import { bindPlaceRoute, readPlaceRoute } from '../../../shared/api/places.ts'
import { readStatusRoute } from '../../../shared/api/room-status.ts'
import type { Policies } from './policies.ts'

type Route = RouteConfig & { getRoutingPath: () => string }

/**
 * What is checked, in this order, before a route of a room, whether the gateway serves or forwards it; routes with the
 * same path share their row. The festival of each is looked up where it is over.
 */
export const ROOM_POLICIES: readonly (readonly [Route, ...(keyof Policies)[]])[] = [
  [readStatusRoute, 'pastFestival'],
  [readChallengeRoute, 'pastFestival'],
  [enterRoomRoute, 'pastFestival', 'roomInRedis'],
  [readPlaceRoute, 'endedSession', 'pastFestival', 'roomInRedis'],
  [bindPlaceRoute, 'endedSession', 'pastFestival', 'roomInRedis'],
  [claimPassRoute, 'endedSession', 'pastFestival', 'roomInRedis'],
  [leavePassRoute, 'endedSession', 'foreignPass', 'pastFestival', 'roomInRedis'],
  [takeHoldRoute, 'endedSession', 'foreignPass', 'pastFestival', 'roomInRedis'],
  [payRoute, 'endedSession', 'foreignPass', 'pastFestival', 'roomInRedis'],
  [readMeInRoomRoute, 'endedSession', 'foreignPass', 'pastFestival'],
  [readPaymentRoute, 'pastFestival'],
  [completePaymentRoute, 'pastFestival'],
  [readPurchaseRoute, 'pastFestival'],
  [readDrawRoute, 'pastFestival'],
  [readDrawEntriesRoute, 'pastFestival'],
  [readDrawParticipantsRoute, 'pastFestival'],
]

/** Stands before the apps that serve and forward rooms' routes. */
export function createRoomPolicies(policies: Policies) {
  const app = new Hono()
  for (const [route, ...names] of ROOM_POLICIES) {
    for (const name of names) app.use(route.getRoutingPath(), policies[name])
  }
  return app
}
