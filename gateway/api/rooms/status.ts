import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { readStatusRoute } from '../../../shared/api/room-status.ts'
import type { CookieScheme } from '../../../shared/http/cookies.ts'
import { matchesEtag } from '../../../shared/http/etag.ts'
import type { PollFloors } from '../../rate-limits/poll-interval.ts'
import { requirePollInterval } from '../../rate-limits/require-poll-interval.ts'
import { presentedPlace } from '../../rate-limits/too-many-polls.ts'
import { type Rooms, requireRoom } from './rooms.ts'

/** The status that everyone polls. `status-listener.ts` answers nearly all of it before it comes to this. */
export function createStatusRoutes(
  deps: Rooms & { floors: Pick<PollFloors, 'status'>; cookies: CookieScheme },
) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  // Described, but routed by hand: what everyone asks for all the time is bytes that are there already.
  app.openAPIRegistry.registerPath(readStatusRoute)
  app.get('/rooms/:room/status', (c) => {
    const room = c.req.param('room')
    const { bytes } = requireRoom(deps, room)
    const place = presentedPlace(c.req.header(), room, deps.cookies)
    if (place !== undefined) requirePollInterval(deps.floors.status, place)
    const headers = { etag: bytes.etag, 'cache-control': 'public, max-age=1' }
    const known = c.req.header('if-none-match')
    if (known !== undefined && matchesEtag(known, bytes.etag)) return c.body(null, 304, headers)
    return c.body(bytes.body, 200, { ...headers, 'content-type': 'application/json' })
  })

  return app
}
