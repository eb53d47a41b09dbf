import { leavePassRoute, leavePlaceRoute } from '../../../shared/api/leaving.ts'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { deleteOwnCookie } from '../../../shared/http/cookies.ts'
import { passCookie } from '../../../shared/tokens/cookies.ts'
import { positionOf } from '../../room/draw.ts'
import type { LeavePassResult, LeaveRoomResult, LeftPlace } from '../../room/leave.ts'
import type { RoomState } from '../../room/room-state.ts'
import { placeAndSessionOf, requireClaims, requireSession, sessionOf, tokenOf } from '../auth/credentials.ts'
import { forgetPlace } from '../auth/forget-place.ts'
import { type FindPlace, placeOfAnother } from './bound-place.ts'
import { entryOf, type HeldPlaceDeps, placeMoved, requirePlace } from './held-place.ts'
import { type Rooms, requireRoom, roomAbsent } from './rooms.ts'

export type LeavingRoutesDeps = HeldPlaceDeps &
  Rooms & {
    leaveRoom: (input: LeftPlace) => Promise<LeaveRoomResult>
    findPlace: FindPlace
    leavePass: (input: {
      room: string
      account: string
      passId: string
      epoch: number | undefined
    }) => Promise<LeavePassResult>
  }

export function createLeavingRoutes(deps: LeavingRoutesDeps) {
  const app = createOpenApiApp<{ Variables: RequestVariables }>()

  app.openapi(leavePlaceRoute, async (c) => {
    const { room } = c.req.valid('param')
    const snapshot = requireRoom(deps, room)
    const { index, account, entry } = await whatIsLeft(deps, placeAndSessionOf(c, room), snapshot.state)
    if (index === undefined) return c.body(null, 204)
    const position = positionOf(index, snapshot.state.draw)
    const { status } = await deps.leaveRoom({
      room,
      epoch: snapshot.state.epoch,
      index,
      position,
      account,
      entry,
    })
    if (status === 'absent') throw roomAbsent()
    if (status === 'other-account') throw placeOfAnother()
    if (status === 'moved') throw placeMoved(entry)
    if (status === 'drawing') {
      throw new Problem('conflict', 'The draw is under way; a place that is not claimed passes automatically')
    }
    forgetPlace(c, room)
    return c.body(null, 204)
  })

  app.openapi(leavePassRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { sub, jti, epoch } = requireClaims('pass', deps.verifiers.pass, tokenOf(c, passCookie(room)), room)
    const { status } = await deps.leavePass({ room, account: sub, passId: jti, epoch })
    if (status === 'paying') throw new Problem('hold-paying')
    if (status === 'absent') throw roomAbsent()
    deleteOwnCookie(c, passCookie(room))
    return c.body(null, 204)
  })

  return app
}

/** The place of a token, or else of the session's account; and the account that leaves it, if known. */
async function whatIsLeft(
  deps: HeldPlaceDeps & { findPlace: FindPlace },
  { place, session }: { place: string | undefined; session: string | undefined },
  state: RoomState,
): Promise<{ index: number | undefined; account: string | undefined; entry?: string | undefined }> {
  if (place !== undefined || session === undefined) {
    const claims = await requirePlace(deps, place, state)
    const account = sessionOf(deps.verifiers, session)?.sub
    return { index: claims.index, account, entry: entryOf(claims) }
  }
  const { sub } = requireSession(deps.verifiers, session)
  const found = await deps.findPlace(state, sub)
  if (found.status === 'absent') throw roomAbsent()
  return { index: found.status === 'found' ? found.index : undefined, account: sub }
}
