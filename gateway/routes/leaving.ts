import { createRoute, z } from '@hono/zod-openapi'
import { deleteCookie } from 'hono/cookie'
import { createOpenApiApp, problemResponses, type RequestVariables } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import { passCookie, placeCookie } from '../../shared/tokens/cookies.ts'
import { positionOf } from '../room/draw.ts'
import type { LeavePassResult, LeaveRoomResult } from '../room/leave.ts'
import type { Snapshots } from '../room/snapshot.ts'
import { type GatewayVerifiers, requireClaims, tokenOf } from './credentials.ts'
import { roomAbsent } from './rooms.ts'

const params = z.object({ room: RoomIdSchema })
const left = { 204: { description: 'Given up, or there was nothing left to give up' } }
const problems = problemResponses(
  'token-missing',
  'token-invalid',
  'token-foreign',
  'invalid-input',
  'unavailable',
)

const leavePlaceRoute = createRoute({
  method: 'delete',
  path: '/rooms/{room}/place',
  summary: 'Give my place up, so that nobody waits for it',
  security: [{ place: [] }],
  request: { params },
  responses: { ...left, ...problems, ...problemResponses('conflict') },
})

const leavePassRoute = createRoute({
  method: 'delete',
  path: '/rooms/{room}/pass',
  summary: 'Give my pass and what I hold up, so that someone else may come in',
  security: [{ pass: [] }],
  request: { params },
  responses: { ...left, ...problems, ...problemResponses('hold-paying') },
})

export type LeavingRoutesDeps = {
  snapshots: Pick<Snapshots, 'of'>
  verifiers: GatewayVerifiers
  leaveRoom: (room: string, position: number) => Promise<LeaveRoomResult>
  leavePass: (input: { room: string; account: string; passId: string }) => Promise<LeavePassResult>
}

export function createLeavingRoutes(deps: LeavingRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(leavePlaceRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { index } = requireClaims('place', deps.verifiers.place, tokenOf(c, placeCookie(room)), room)
    const snapshot = deps.snapshots.of(room)
    if (snapshot === undefined) throw roomAbsent()
    const position = positionOf(index, snapshot.state.draw)
    if (position === undefined) {
      throw new Problem(
        'conflict',
        'The lots have not been drawn yet; a place that nobody claims passes by itself',
      )
    }
    const { status } = await deps.leaveRoom(room, position)
    if (status === 'absent') throw roomAbsent()
    deleteCookie(c, placeCookie(room), { prefix: 'host' })
    return c.body(null, 204)
  })

  app.openapi(leavePassRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { sub, jti } = requireClaims('pass', deps.verifiers.pass, tokenOf(c, passCookie(room)), room)
    const { status } = await deps.leavePass({ room, account: sub, passId: jti })
    if (status === 'paying') throw new Problem('hold-paying')
    if (status === 'absent') throw roomAbsent()
    deleteCookie(c, passCookie(room), { prefix: 'host' })
    return c.body(null, 204)
  })

  return app
}
