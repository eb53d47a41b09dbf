import type { RouteConfig } from '@hono/zod-openapi'
import { readDrawEntriesRoute, readDrawParticipantsRoute, readDrawRoute } from './draws.ts'
import { enterRoomRoute, readChallengeRoute } from './entries.ts'
import { listPublishedFestivalsRoute, readPublishedFestivalRoute } from './festivals.ts'
import { leavePassRoute, leavePlaceRoute } from './leaving.ts'
import { readMeInRoomRoute } from './me-in-room.ts'
import { claimPassRoute } from './passes.ts'
import { bindPlaceRoute, readPlaceRoute } from './places.ts'
import { readStatusRoute } from './room-status.ts'

/** Every route under `/api` that the gateway serves itself; the others are the origin's (`origin-routes.ts`). */
export const GATEWAY_ROUTES: readonly RouteConfig[] = [
  listPublishedFestivalsRoute,
  readPublishedFestivalRoute,
  readStatusRoute,
  readChallengeRoute,
  enterRoomRoute,
  readPlaceRoute,
  bindPlaceRoute,
  leavePlaceRoute,
  claimPassRoute,
  leavePassRoute,
  readMeInRoomRoute,
  readDrawRoute,
  readDrawEntriesRoute,
  readDrawParticipantsRoute,
]
