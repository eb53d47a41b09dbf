import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { readStatusRoute } from '../../../shared/api/room-status.ts'
import type { CookieScheme } from '../../../shared/http/cookies.ts'
import { matchesEtag } from '../../../shared/http/etag.ts'
import { CACHED_FOR_A_SECOND } from '../../edge/caching.ts'
import type { PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import { presentedPlace } from '../../rate-limits/too-many-polls.ts'
import { type Rooms, requireRoom } from './rooms.ts'

/** The shared status. `edge/status-fast-path.ts` serves nearly all polls before they reach this route. */
export function createStatusRoutes(
  deps: Rooms & { floors: Pick<PollFloors, 'status'>; cookies: CookieScheme },
) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  // Described here but routed by hand: the most frequent request is served from bytes that already exist.
  app.openAPIRegistry.registerPath(readStatusRoute)
  app.get(readStatusRoute.getRoutingPath(), (c) => {
    const room = c.req.param('room')
    const { bytes } = requireRoom(deps, room)
    const place = presentedPlace(c.req.header(), room, deps.cookies)
    if (place !== undefined) requirePollInterval(deps.floors.status, place)
    const headers = { etag: bytes.etag, 'cache-control': CACHED_FOR_A_SECOND }
    const known = c.req.header('if-none-match')
    if (known !== undefined && matchesEtag(known, bytes.etag)) return c.body(null, 304, headers)
    return c.body(bytes.body, 200, { ...headers, 'content-type': 'application/json' })
  })

  return app
}
