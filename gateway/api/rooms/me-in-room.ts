import { readMeInRoomRoute } from '../../../shared/api/me-in-room.ts'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import { type GatewayVerifiers, requireSession, tokenOf } from '../auth/credentials.ts'
import { type FanDeps, fanOf } from './fan.ts'

/** What a fan has in a sale, for open pages and for programs. */
export function createMeInRoomRoutes(
  deps: FanDeps & {
    festivals: Pick<Festivals, 'archivedRoom' | 'require'>
    verifiers: GatewayVerifiers
    floors: Pick<PollFloors, 'place'>
  },
) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()
  app.openapi(readMeInRoomRoute, async (c) => {
    const festival = deps.festivals.require(c.req.valid('param').room)
    const token = tokenOf(c, SESSION_COOKIE)
    requireSession(deps.verifiers, token)
    requirePollInterval(deps.floors.place, token ?? '')
    const fan = await fanOf(deps, c, festival)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        status: fan.status,
        ...(fan.status === 'admitted' ? { passEndsAt: fan.until } : {}),
        ...(fan.status === 'paying' ? { payment: fan.payment } : {}),
        ...(fan.status === 'bought' ? { order: fan.purchase.order, tickets: fan.purchase.tickets } : {}),
      },
      200,
    )
  })
  return app
}
