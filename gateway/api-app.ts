import { readPublishedFestivalRoute } from '../shared/api/festivals.ts'
import { createOpenApiApp } from '../shared/api/openapi.ts'
import { createFestivalRoutes } from './api/festivals.ts'
import { createForwardedRoutes } from './api/forwarded.ts'
import { createRoomPolicies } from './api/rooms/room-policies.ts'
import type { GatewayContext, GatewayEnv } from './context.ts'
import { createKnownDevices } from './rate-limits/known-devices.ts'
import { createTakeAttempt } from './rate-limits/login-attempts.ts'
import { createRoomsApp } from './rooms-app.ts'

/** The API: festivals, rooms, and the routes that are forwarded to the origin. */
export function createApiApp(deps: GatewayContext) {
  const { config, redis, limits, policies } = deps
  const app = createOpenApiApp<GatewayEnv>()
  app.use(readPublishedFestivalRoute.getRoutingPath(), policies.pastFestival)
  app.route('/', createFestivalRoutes(deps))
  app.route('/', createRoomPolicies(policies))
  app.route('/', createRoomsApp(deps))
  app.route(
    '/',
    createForwardedRoutes({
      ...deps,
      takeAttempt: createTakeAttempt(redis, limits.attempts, limits.challengeSeconds),
      knownDevices: createKnownDevices(config.placeSecret),
    }),
  )
  return app
}
